"""Documents (文稿): drafts, what is published, how it was before. What cannot work is refused in one sentence.

A draft is everybody's: whoever saves says what they saw, and is told when somebody else was first. What is published
never changes; going back publishes the older text anew.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.errors import Refused
from app.models import Document, DocumentVersion
from app.services.editing.catalogue import kind
from app.services.editing.proving import prove
from app.services.editing.refusals import in_chinese
from app.services.editing.said import Said, digest
from app.services.editing.yaml_text import step_of, with_step
from app.services.wording import editions
from app.services.wording.document_kinds import FILES, SPOKEN, WORDS
from ivr.document import Sheet

if TYPE_CHECKING:
    from app.parts import Parts

LONGEST = 200_000  # characters of a document
_LOOKED_THROUGH = 30  # versions, for who changed what


class Overtaken(Refused):
    """Somebody else has saved since the page was opened. Nothing was lost: both texts are there."""


def live(session: Session, name: str) -> Said:
    """What holds now. Raises KeyError for a name that is no document."""
    newest = select(DocumentVersion).where(DocumentVersion.name == name, DocumentVersion.edition.is_not(None))
    return _said(name, session.scalar(newest.order_by(DocumentVersion.edition.desc()).limit(1)))


def draft(session: Session, name: str) -> Said | None:
    """The draft, where there is one."""
    row = _draft(session, name)
    return _said(name, row) if row else None


def current(session: Session, name: str) -> Said:
    """What somebody who edits begins with: the draft, else what holds."""
    return draft(session, name) or live(session, name)


def save(session: Session, name: str, by: str, text: str, *, seen: str) -> Said:
    """Keep a draft. `seen` is the digest of the text that was edited. Raises Refused, and Overtaken."""
    _refuse_long(text)
    before = _locked(session, name)
    if before.sha256 != seen and before.text != text:
        raise Overtaken(f"{before.by}刚才也改了，您的字还在下面。请对照着把两边合在一起，再保存。")
    return _keep(session, name, by, text.replace("\r\n", "\n"), before.sounds)


def save_step(
    session: Session, name: str, by: str, step: str, fields: Mapping[str, list[str]], *, seen: Mapping[str, list[str]]
) -> Said:
    """Keep other words for one step, where it still says what was `seen`. Raises Refused, and Overtaken."""
    before = _locked(session, name)
    now_said = {key: texts for key, texts in step_of(before.text, step).items() if key in fields}
    if now_said != {key: texts for key, texts in seen.items() if texts} and now_said != dict(fields):
        raise Overtaken(f"{before.by}刚才也改了这一句，您写的还在下面。请看看两种说法，再保存。")
    whole = step_of(before.text, step) | dict(fields)
    text = with_step(before.text, step, {key: texts for key, texts in whole.items() if texts})
    _refuse_long(text)
    return _keep(session, name, by, text, before.sounds)


def keep_sound(session: Session, name: str, by: str, text: str, key: str) -> None:
    """A person's recording of a piece of words goes into the draft; an empty key takes it out again."""
    before = _locked(session, name)
    sounds = {said: kept for said, kept in before.sounds.items() if said != text} | ({text: key} if key else {})
    _keep(session, name, by, before.text, sounds)


def discard(session: Session, name: str) -> None:
    """Throw the draft away."""
    _locked(session, name)
    if row := _draft(session, name):
        session.delete(row)


def publish(parts: "Parts", name: str, by: str, why: str, *, seen: str) -> Said:
    """Make the draft what holds: checked, talked through, its sounds made. Raises Refused; then all stays as it is."""
    with parts.database.reading() as session:
        found = draft(session, name)
    if found is None:
        raise Refused("没有草稿可以发布，可能别人刚刚发布过了。")
    if found.sha256 != seen:
        raise Overtaken(f"{found.by}刚才又改过草稿，请看过以后再发布。")
    prove(parts, found)

    def settle(session: Session) -> Said:
        if (now_there := _locked(session, name)).sha256 != seen or now_there.number is not None:
            raise Overtaken("别人刚才改了草稿，或者已经发布了，请看过以后再发布。")
        return _publish(session, name, _draft(session, name), by, why)

    return _settled(parts, settle)


def go_back(parts: "Parts", name: str, number: int, by: str) -> Said:
    """Publish what version `number` (0: as shipped) said. Raises Refused, and KeyError where there is none."""
    with parts.database.reading() as session:
        found = version(session, name, number)
        if live(session, name).number == number:
            raise Refused("现在用的就是这一版。")
    prove(parts, found)

    def settle(session: Session) -> Said:
        _locked(session, name)
        row = DocumentVersion(name=name, text=found.text, sounds=dict(found.sounds), by=by, sha256=found.sha256)
        session.add(row)
        return _publish(session, name, row, by, f"改回第 {number} 版" if number else "改回原来的")

    return _settled(parts, settle)


def try_out(parts: "Parts", name: str, caller: str, by: str) -> None:
    """Have calls from this number hear the draft for a while, as it is now. Raises Refused where it cannot work."""
    with parts.database.reading() as session:
        found = current(session, name)
    prove(parts, found)
    with parts.database.session() as session:
        _row(session, name)
        session.add(
            DocumentVersion(
                name=name, text=found.text, sounds=dict(found.sounds), sha256=found.sha256, by=by, trial_caller=caller
            )
        )


def amend(session: Session, name: str, by: str, why: str, change: Callable[[str], str]) -> None:
    """Publish what holds with `change` made to its text, where that makes a difference, and make it to the draft, too.

    For what a change elsewhere brings along, in the same unit of work; `editions.refresh` after it. Raises Refused.
    """
    _row(session, name)
    held, waiting = live(session, name), _draft(session, name)
    if waiting is not None and (text := change(waiting.text)) != waiting.text:
        waiting.text, waiting.sha256, waiting.revision = text, digest(text), waiting.revision + 1
    if (text := change(held.text)) == held.text:
        return
    try:
        held.kind.read(Sheet(held.kind.key, text))
    except Exception as error:  # each reader has its own; whatever it is, the text does not go into use
        raise Refused(in_chinese(error, text)) from error
    row = DocumentVersion(name=name, text=text, sounds=dict(held.sounds), by=by, sha256=digest(text))
    session.add(row)
    _publish(session, name, row, by, why)


def history(session: Session, name: str) -> list[Said]:
    """Every published version, the newest first, and last what was shipped."""
    rows = select(DocumentVersion).where(DocumentVersion.name == name, DocumentVersion.edition.is_not(None))
    return [
        *(_said(name, r) for r in session.scalars(rows.order_by(DocumentVersion.edition.desc()))),
        _said(name, None),
    ]


def last_changes(versions: Sequence[Said], values: Callable[[str], Mapping]) -> dict[object, Said]:
    """Which version (the newest first, last as shipped) gave each part of a text what it says; a part that is as it was
    before all of them is not there. `values`: the parts of a text."""
    found: dict[object, Said] = {}
    newest = versions[:_LOOKED_THROUGH]
    for said, (newer, older) in zip(newest, pairwise(values(said.text) for said in newest), strict=False):
        for part, value in newer.items():
            if value != older.get(part):
                found.setdefault(part, said)
    return found


def version(session: Session, name: str, number: int) -> Said:
    """A published version; 0 is what was shipped. Raises KeyError."""
    row = select(DocumentVersion).where(DocumentVersion.name == name, DocumentVersion.number == number)
    found = session.scalar(row) if number else None
    if number and found is None:
        raise KeyError(number)
    return _said(name, found)


def drafts(session: Session) -> dict[str, Said]:
    """Every draft, by name."""
    rows = select(DocumentVersion).where(DocumentVersion.edition.is_(None), DocumentVersion.trial_caller == "")
    rows = rows.order_by(DocumentVersion.name, DocumentVersion.number)
    return {row.name: _said(row.name, row) for row in session.scalars(rows) if kind(row.name)}


def all_live(session: Session) -> dict[str, Said]:
    """What holds of every document that was ever published, by name."""
    number = editions.newest(session)
    rows = {n: r for group in (WORDS, FILES, SPOKEN) for n, r in editions.versions(session, number, group).items()}
    return {name: _said(name, row) for name, row in rows.items() if kind(name)}


def set_aside(parts: "Parts", session: Session) -> dict[str, list[str]]:
    """Of what is published, by the documents' names: what cannot be used any more, each in a sentence. An upgrade may
    have made it so; the rest is in use, or where nothing of a text can be used, what was shipped."""
    editions.refresh(parts, session)
    return {
        name: [in_chinese(error, live(session, name).text) for error in errors]
        for name, errors in parts.in_force.set_aside.items()
    }


def difference(before: str, after: str) -> list[tuple[str, str]]:
    """Lines that went (-), came (+) or stand beside them ( ), … between places."""
    found: list[tuple[str, str]] = []
    for line in list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))[2:]:
        found.append(("…", "") if line.startswith("@@") else (line[0], line[1:]))
    return found[1:] if found[:1] == [("…", "")] else found


def _settled(parts: "Parts", settle) -> Said:
    said = parts.database.work(settle)
    with parts.database.reading() as session:
        editions.refresh(parts, session)
    return said


def _publish(session: Session, name: str, row: DocumentVersion, by: str, why: str) -> Said:
    document = _row(session, name)
    document.newest += 1
    row.number, row.edition, row.published_at = document.newest, editions.newest(session) + 1, now()
    row.by, row.why, row.shipped_sha256 = by, why.strip()[:200], digest(kind(name).shipped)
    session.flush()
    return _said(name, row)


def _keep(session: Session, name: str, by: str, text: str, sounds: Mapping[str, str]) -> Said:
    row = _draft(session, name)
    if row is None:
        row = DocumentVersion(name=name, shipped_sha256=digest(kind(name).shipped), revision=0)
        session.add(row)
    row.text, row.sounds, row.sha256 = text, dict(sounds), digest(text)
    row.by, row.at, row.revision = by, now(), (row.revision or 0) + 1
    session.flush()
    return _said(name, row)


def _locked(session: Session, name: str) -> Said:
    """The draft or what holds, nobody else changing it in this unit of work."""
    _row(session, name)
    return current(session, name)


def _row(session: Session, name: str) -> Document:
    found = session.scalar(select(Document).where(Document.name == name).with_for_update())
    if found is None:
        found = Document(name=name, newest=0)
        session.add(found)
        session.flush()
    return found


def _draft(session: Session, name: str) -> DocumentVersion | None:
    rows = select(DocumentVersion).where(
        DocumentVersion.name == name, DocumentVersion.edition.is_(None), DocumentVersion.trial_caller == ""
    )
    return session.scalar(rows)


def _said(name: str, row: DocumentVersion | None) -> Said:
    of = kind(name)
    if of is None:
        raise KeyError(name)
    if row is None:
        return Said(of, of.shipped)
    at = row.published_at or row.at
    changed = row.shipped_sha256 != digest(of.shipped) and not editions.is_shipped(row)
    text = of.shipped if row.edition and editions.is_shipped(row) else row.text
    return Said(of, text, row.sounds, row.number, row.by, at, row.why, row.revision or 0, changed)


def _refuse_long(text: str) -> None:
    if len(text) > LONGEST:
        raise Refused("太长了，请分开写。")
    try:
        yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise Refused(in_chinese(error, text)) from error
