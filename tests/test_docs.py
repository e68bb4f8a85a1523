"""The pages tell the truth: what they name exists, and what exists is named."""

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import get_args

import click
import pytest

from app.db import Base
from app.service import create_app
from app.settings import Settings
from app.telephone import fallback
from speech_models.catalogue import read_catalogue

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TOP = ("app", "ivr", "speech_models", "tests", "training", "docs")
FETCHED = "speech_models/weights"  # there after an installation, not in the repository
FILE = re.compile(r"[\w./-]*\.(py|ya?ml|toml|md|in|js|css|wav)")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAME_IN_BOTH = ("bash", "ini", "nginx", "yaml", "python")  # code blocks that are not translated

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def read(path: str | Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def spans(text: str) -> list[str]:
    """What stands in single backticks, outside code blocks."""
    return re.findall(r"`([^`\n]+)`", FENCED.sub("", text))


def code(text: str) -> list[str]:
    """Every line of code: spans and the lines of code blocks."""
    return spans(text) + [line for _, block in FENCED.findall(text) for line in block.splitlines()]


@cache
def files() -> list[str]:
    found = [*ROOT.glob("*"), *(path for top in TOP for path in (ROOT / top).rglob("*"))]
    return [str(path.relative_to(ROOT)) for path in found]


@cache
def defined(path: str) -> set[str]:
    """Names that a Python file defines: `name`, `Class`, `Class.name`."""
    return set(_names(ast.parse(read(path)).body, ""))


def _names(body: list[ast.stmt], inside: str):
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield node.name
            yield from _names(node.body, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield inside + node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                yield from (inside + name.id for name in ast.walk(target) if isinstance(name, ast.Name))


def untrue(span: str) -> bool:
    """Whether a span names a file, or something in a file, that is not there."""
    path, _, symbol = span.partition(":")
    path = path.rstrip("/")
    if path.startswith((FETCHED, ".")) or any(sign in span for sign in " …<"):
        return False
    if path.split("/")[0] in TOP and "/" in path:
        there = (ROOT / path).exists()
        return not there or bool(symbol) and symbol not in defined(path)
    return bool(FILE.fullmatch(path)) and not any(f"/{file}".endswith(f"/{path}") for file in files())


@every_page
def test_every_path_and_symbol_that_a_page_names_exists(page):
    assert [span for span in spans(read(page)) if untrue(span)] == []


@every_page
def test_every_link_of_a_page_leads_somewhere(page):
    text = FENCED.sub("", read(page))
    links = [*re.findall(r"\]\(([^)#]+)\)", text), *re.findall(r'src="([^"]+)"', text)]
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_a_page_that_lies_about_a_path_would_be_found():
    assert untrue("app/no_such_file.py")
    assert untrue("app/settings.py:NoSuchClass")
    assert untrue("no_such_file.yaml")
    assert not untrue("app/settings.py:Settings.problems")
    assert not untrue("app/services/")


@every_page
def test_every_make_target_and_module_that_a_page_names_exists(page):
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    lines = code(read(page))
    wanted = {name for line in lines for name in re.findall(r"(?:^|\s)make ([a-z]+)\b", line)}
    modules = {name for line in lines for name in re.findall(r"python -m ([\w.]+)", line)}
    assert wanted - targets == set()
    assert [name for name in modules if importlib.util.find_spec(name) is None] == []


# ------------------------------------------------------------------ settings


def shown(value) -> str:
    return "" if value == "" else str(value)


def test_every_setting_is_documented_with_its_default():
    rows = re.findall(r"^\| `(XIANGYIN_\w+)` \| (?:`([^`]+)`|(empty)) \|", read("docs/settings.md"), re.MULTILINE)
    documented = {name: default for name, default, _ in rows}
    for name, field in Settings.model_fields.items():
        assert documented.get(f"XIANGYIN_{name.upper()}") == shown(field.default)


def test_every_setting_is_in_the_example_file_with_its_default():
    lines = read(".env.example").splitlines()
    wanted = [f"#XIANGYIN_{name.upper()}={shown(field.default)}" for name, field in Settings.model_fields.items()]
    assert sorted(line for line in lines if "XIANGYIN_" in line and "=" in line) == sorted(wanted)


@every_page
def test_every_variable_that_a_page_names_is_read_by_the_service(page):
    known = {f"XIANGYIN_{name.upper()}" for name in Settings.model_fields}
    for path in [
        ROOT / "gunicorn.conf.py",
        *(p for top in ("app", "speech_models") for p in (ROOT / top).rglob("*.py")),
    ]:
        known |= set(re.findall(r"environ[^\n]*\"(XIANGYIN_\w+)\"", path.read_text(encoding="utf-8")))
    assert set(re.findall(r"XIANGYIN_[A-Z_]+", read(page))) - known == set()


# ------------------------------------------------------------------ commands and addresses


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    return create_app(Settings(_env_file=None, data=tmp_path_factory.mktemp("data")))


def commands(group: click.Group, before: str = "flask --app wsgi") -> list[str]:
    """Every command that is not hidden, as it is typed."""
    found = []
    for name, command in group.commands.items():
        typed = f"{before} {name}"
        if isinstance(command, click.Group):
            found += commands(command, typed)
        elif not command.hidden:
            found.append(typed)
    return found


def test_every_command_is_documented(app):
    page = read("docs/operations.md")
    assert [command for command in commands(app.cli) if not re.search(rf"^\| `{command}\b", page, re.MULTILINE)] == []


@every_page
def test_every_command_that_a_page_names_exists(app, page):
    for line in code(read(page)):
        for typed in re.findall(r"flask --app wsgi ([^`]+)", line):
            command: click.Command | None = app.cli
            words = typed.split()
            while isinstance(command, click.Group) and words:
                command = command.commands.get(words.pop(0))
            assert command is not None, line
            options = {name for parameter in command.params for name in parameter.opts}
            assert {word for word in words if word.startswith("--")} <= options, line


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_every_address_that_is_entered_at_the_carrier_answers(app, page):
    addresses = set(re.findall(r"`https://hotline\.example\.org(/[\w/]+)`", read(page)))
    posts = {rule.rule for rule in app.url_map.iter_rules() if "POST" in rule.methods}
    falls_back = {address for address in addresses if address.startswith("/fallback/")}
    assert {"/calls", "/calls/ended", "/texts"} <= addresses
    assert addresses - falls_back <= posts
    assert falls_back
    assert [address for address in falls_back if _fallback_status(address) != "200 OK"] == []


def _fallback_status(address: str) -> str:
    said = []
    path = address.removeprefix("/fallback")
    fallback.application({"PATH_INFO": path}, lambda status, headers: said.append(status))
    return said[0]


# ------------------------------------------------------------------ the READMEs, models, words, decisions


def test_the_two_readmes_are_twins():
    english, chinese = read("README.md"), read("README.zh.md")
    headings = [re.findall(r"^(#+) ", FENCED.sub("", text), re.MULTILINE) for text in (english, chinese)]
    blocks = [FENCED.findall(text) for text in (english, chinese)]
    links = [re.findall(r"""\]\((?!README)([^)]+)\)|src="([^"]+)""", text) for text in (english, chinese)]
    assert headings[0] == headings[1]
    assert links[0] == links[1]
    assert [tag for tag, _ in blocks[0]] == [tag for tag, _ in blocks[1]]
    code_blocks = [[block for tag, block in found if tag in SAME_IN_BOTH] for found in blocks]
    assert code_blocks[0] == code_blocks[1]


def test_the_first_screen_of_a_readme_shows_both_pictures_and_both_commands():
    for page in ("README.md", "README.zh.md"):
        screen = "\n".join(read(page).splitlines()[:40])
        shown = re.findall(r'src="([^"]+)" [^>]*alt="[^"]+"', screen)
        assert shown == ["docs/pictures/desk.png", "docs/pictures/practice_phone.png"]
        assert re.findall(r"^make \w+", screen, re.MULTILINE) == ["make run", "make test"]
        assert [picture for picture in shown if (ROOT / picture).stat().st_size > 120 * 1024] == []


def test_every_model_is_documented_with_its_licence():
    rows = dict(re.findall(r"^\| `([\w.-]+)` \|(.*)\|$", read("docs/engines.md"), re.MULTILINE))
    assert [m.name for m in read_catalogue().values() if m.licence not in rows.get(m.name, "")] == []


@pytest.mark.parametrize("kind", ["recogniser", "speaker"])
def test_every_engine_is_documented(kind):
    names = get_args(Settings.model_fields[kind].annotation)
    page = read("docs/engines.md")
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_table_is_in_the_glossary():
    page = read("docs/glossary.md")
    assert [table for table in Base.metadata.tables if f"| `{table}` |" not in page] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_has_every_part(page):
    text = page.read_text(encoding="utf-8")
    parts = ("Status", "Context", "Decision", "Consequences", "Turned down")
    assert [part for part in parts if f"\n**{part}" not in text] == []
