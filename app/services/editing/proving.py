"""Proving a document before it is published: its reader, the flows, the test dialogues, the departments it names."""

from typing import TYPE_CHECKING

from app.errors import Refused
from app.services.directory.departments import departments
from app.services.editing.refusals import in_chinese
from app.services.sorting.categories import read_categories
from app.services.sorting.taxonomy import read_departments
from app.services.wording import editions, prompts
from app.services.wording.document_kinds import FILES, WORDS
from ivr import check
from ivr.document import FlowError, Sheet
from ivr.rehearse import Broken, rehearse, shipped_dialogues
from ivr.words import DIALECT, Words
from speech_models.speaker import CannotSpeak

if TYPE_CHECKING:
    from app.parts import Parts
from app.services.editing.said import TOLD, Said


def prove(parts: "Parts", said: Said) -> None:
    """Look through a text as the service would go by it, and make its sounds. Raises Refused with one sentence."""
    try:
        said.kind.read(Sheet(f"{said.kind.key}.yaml" if said.kind.group != FILES else said.kind.key, said.text))
    except Exception as error:  # each reader has its own; whatever it is, the text does not go into use
        raise Refused(in_chinese(error, said.text)) from error
    if said.kind.group == WORDS:
        _prove_words(parts, said)
    if said.kind.name in ("data/categories.yaml", "data/departments.yaml"):
        _prove_departments(parts, said)


def _prove_departments(parts: "Parts", said: Said) -> None:
    """A category leads to a department that there is and that takes cases."""
    with parts.database.reading() as session:
        known = {department.name: department.closed_at is None for department in departments(session)}
    sheet = Sheet(said.kind.key, said.text)
    if said.kind.name == "data/categories.yaml":
        named = {category.name: category.department for category in read_categories(sheet)}
    else:
        named = read_departments(sheet)
    for category, department in named.items() if known else ():
        if not known.get(department):
            no = "可是这个部门停用了" if department in known else "可是没有这个部门"
            raise Refused(f"“{category}”归“{department}”，{no}。")


def _prove_words(parts: "Parts", said: Said) -> None:
    with parts.database.reading() as session:
        rows = editions.versions(session, editions.newest(session), WORDS)
    texts = {n: row.text for n, row in rows.items() if not editions.is_shipped(row)} | {said.kind.name: said.text}
    try:
        words = editions.words_of(parts, texts)
        for flow in parts.flows.values():
            for finding in check.check(flow, words):
                raise FlowError(finding.sentence, finding.file, finding.line)
    except FlowError as error:
        raise Refused(in_chinese(error, said.text)) from error
    dialogues = shipped_dialogues()
    for dialect in words.dialects if said.kind.key == DIALECT else [said.kind.key]:
        if broken := rehearse(dialogues, parts.flows, parts.words, words, dialect):
            raise Refused(_told(broken, words))
    sounds = {said.kind.key: said.sounds}
    edition = editions.Edition(0, words, sounds, parts.flows)
    for fragment in prompts.without_sound(parts, edition) if said.kind.key == DIALECT else ():
        try:
            prompts.render_fragment(parts, fragment)
        except CannotSpeak as error:
            raise Refused(f"“{fragment.text}”现在合成不了声音。请真人录一遍，或者过一会儿再发布。") from error


def _told(broken: Broken, words: Words) -> str:
    said = next((t for f in ("voice", "sms") for t in words.texts(broken.step, f)), "")
    where = f"“{said[:16]}{'…' if len(said) > 16 else ''}”" if said else f"“{broken.step}”这一步"
    talk = f"对话“{broken.title}”"
    if broken.lost:
        return f"{where}改成这样以后，{talk}里就不说{'、'.join(TOLD.get(n, n) for n in broken.lost)}了，请加上。"
    return f"{where}改成这样以后，{talk}走不下去，请改回去或者把话补上。"
