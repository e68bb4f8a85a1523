"""The console in English: the finished Chinese page with its sentences exchanged, by the catalogue english.tsv.

Pages, rules and services say everything in Chinese, once. What the catalogue does not know, such as a villager's words,
stays as it is, as does whatever stands in an element with translate="no" (HTML's own attribute).
docs/decisions/0012-english-pages.md says why.
"""

import re
from functools import cache, lru_cache
from pathlib import Path

from flask import Flask, Response, request
from flask_login import current_user
from markupsafe import Markup, escape

from app.console.shell.blueprints import FOLDER

_FILE = FOLDER / "english.tsv"
HAN = re.compile("[\u3400-\u9fff]")
_TAGS = re.compile(r"(<[^>]*>)")
_TAG = re.compile(r"<(/?)([a-z0-9]+)")
_READ = re.compile(r'((?:aria-label|aria-description|title|placeholder|data-note|data-currency)=")([^"]*)(")')
_KEPT = ('translate="no"', "<textarea", "<script")
_VOID = ("input", "meta", "link", "br", "img", "hr", "line", "circle")
_GAP = re.compile(r"(\{#?\})")
_GAPS = {"{}": "(.*?)", "{#}": r"(\d+)"}
_JOINTS = {"；": "; ", "，": ", ", "、": ", ", " · ": " · ", " ": " "}  # between parts that are known one by one


class CatalogueUnusable(Exception):
    """The file cannot work; the message says which line and why."""


def init_app(app: Flask) -> None:
    """Have pages leave in the language of whoever asked. A catalogue that cannot work stops the start."""
    _catalogue()
    app.jinja_env.globals["language"] = language
    app.after_request(_in_their_language)


def language() -> str:
    """zh or en: what the person chose; before the login, what the address of the page says (`?language=en`)."""
    if current_user.is_authenticated:
        return current_user.language
    return "en" if request.args.get("language") == "en" else "zh"


def _in_their_language(response: Response) -> Response:
    if response.mimetype == "text/html" and not response.is_streamed and language() == "en":
        response.set_data(in_english(response.get_data(as_text=True)))
    return response


def told(sentence: str) -> str:
    """A sentence for a script, as plain text, in the language of whoever asked."""
    return Markup(translated(str(escape(sentence)))).unescape() if language() == "en" else sentence


def in_english(page: str) -> str:
    """The page with every text and every name for screen readers exchanged where the catalogue knows it."""
    parts, kept, depth = _TAGS.split(page.replace('lang="zh-CN"', 'lang="en"', 1)), "", 0
    for place, part in enumerate(parts):
        if place % 2:
            closing, tag = _TAG.match(part).groups() if _TAG.match(part) else ("", "")
            if kept:
                depth += (tag == kept) * (-1 if closing else 1)
                kept = kept if depth else ""
            elif any(sign in part for sign in _KEPT) and tag not in _VOID:
                kept, depth = tag, 1
                parts[place] = part.replace('translate="no"', 'translate="no" lang="zh-CN"')
            parts[place] = _READ.sub(lambda found: found[1] + translated(found[2]) + found[3], parts[place])
        elif not kept and HAN.search(part):
            text = part.strip()
            parts[place] = part.replace(text, translated(" ".join(text.split())))
    return "".join(parts)


@lru_cache(4096)
def translated(text: str) -> str:
    """A sentence (as HTML) in English; unchanged where the catalogue does not know it, and its parts not either."""
    if not HAN.search(text):
        return text
    exact, patterns = _catalogue()
    if text in exact:
        return exact[text]
    if parts := _parts(text, ("；", "，", "、")):
        return parts
    for pattern, english in patterns:
        if found := pattern.fullmatch(text):
            return english.format(*map(_filled, found.groups()))
    return _sentences(text) or _parts(text, (" · ", " ")) or text


def _sentences(text: str) -> str:
    sentences = re.findall(r"[^。]+。?", text)
    return " ".join(translated(sentence.strip()) for sentence in sentences) if len(sentences) > 1 else ""


def _parts(text: str, joints: tuple[str, ...]) -> str:
    """The text in parts, each of them known; empty where one is not, so that nothing is half translated."""
    for joint in joints:
        parts = [translated(part) for part in text.split(joint)] if joint in text else []
        if parts and not any(HAN.search(part) for part in parts):
            return _JOINTS[joint].join(parts)
    return ""


def _filled(text: str) -> str:
    """What fills a sentence of ours: what is known of it in English, names as they are."""
    whole = translated(text)
    joint = next((joint for joint in ("，", "、") if joint in text), "")
    if not joint or whole != text:
        return whole
    parts = [translated(part) for part in text.split(joint)]
    return _JOINTS[joint].join(parts) if parts != text.split(joint) else text


@cache
def _catalogue() -> tuple[dict[str, str], list[tuple[re.Pattern, str]]]:
    read = read_catalogue(_FILE)
    exact = {chinese: str(escape(english)) for chinese, english in read.items() if not _GAP.search(chinese)}
    patterned = [(chinese, english) for chinese, english in read.items() if _GAP.search(chinese)]
    patterned.sort(key=lambda entry: -len(_GAP.sub("", entry[0])))  # the one that says most is tried first
    made = [(_pattern(chinese), str(escape(english))) for chinese, english in patterned]
    return exact, made


def _pattern(chinese: str) -> re.Pattern:
    return re.compile("".join(_GAPS.get(part) or re.escape(str(escape(part))) for part in _GAP.split(chinese)))


def read_catalogue(path: Path) -> dict[str, str]:
    """Chinese -> English. `{}` is anything that is filled in, `{#}` a number. Raises CatalogueUnusable."""
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        chinese, tab, english = line.partition("\t")
        if not tab or not chinese.strip() or "\t" in english:
            raise CatalogueUnusable(f"{path.name}, line {number}: a Chinese sentence, a tab, and its English.")
        if chinese in found:
            raise CatalogueUnusable(f"{path.name}, line {number}: {chinese} is there twice.")
        try:
            english.format(*["x"] * len(_GAP.findall(chinese)))
        except (IndexError, KeyError, ValueError):
            raise CatalogueUnusable(
                f"{path.name}, line {number}: the English fills in more than the Chinese."
            ) from None
        found[chinese] = english
    return found
