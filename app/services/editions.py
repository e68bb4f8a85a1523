"""Editions (版): what is said and gone by as it was published at one moment, the same in every process.

An edition is a number in the database, counted up with every publication; a process that meets a newer one reads it.
A call keeps the edition it began with. Data files are always gone by in their newest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import files
from app.db import now
from app.models import Conversation, DocumentVersion
from app.services.catalogue import FILES, SPOKEN, WORDS, kinds, words_name
from ivr.document import FlowError, Sheet
from ivr.flow import Flow
from ivr.words import DIALECT, Words, digit_fragment, fragments, read_words

if TYPE_CHECKING:
    from app.parts import Parts

log = structlog.get_logger()
TRIAL = timedelta(hours=2)  # how long a number hears a draft
_KEPT = 16  # editions kept in memory; a call is seldom older


@dataclass(frozen=True)
class Edition:
    """The words of an edition. `sounds`: dialect -> text of a piece -> key of a person's recording of it."""

    number: int
    words: Words
    sounds: Mapping[str, Mapping[str, str]]
    flows: Mapping[str, Flow]

    @cached_property
    def mandarin(self) -> dict[str, str]:
        """Fragment id -> its Mandarin text, which stands in where a dialect has no recording."""
        found = {f.id: f.text for flow in self.flows.values() for f in fragments(flow, self.words, DIALECT)}
        return found | {digit_fragment(d).id: digit_fragment(d).text for d in "0123456789"}


def newest(session: Session) -> int:
    """The newest edition's number; 0: nothing was ever published."""
    return session.scalar(select(func.max(DocumentVersion.edition))) or 0


def edition(parts: "Parts", session: Session, number: int | None = None, trial: UUID | None = None) -> Edition:
    """The words of an edition (None: the newest), with those on trial in their place."""
    number = newest(session) if number is None else number
    if (number, trial) not in parts.editions:
        rows = versions(session, number, WORDS)
        if trial and (tried := session.get(DocumentVersion, trial)):
            rows[tried.name] = tried
        while len(parts.editions) >= _KEPT:
            parts.editions.pop(next(iter(parts.editions)))
        parts.editions[number, trial] = _usable(parts, rows, number)
    return parts.editions[number, trial]


def built(parts: "Parts", rows: Mapping[str, DocumentVersion], number: int = 0) -> Edition:
    """The words of these versions, what has none as shipped. Raises FlowError."""
    texts = {name: row.text for name, row in rows.items() if not is_shipped(row)}
    sounds = {kinds()[name].key: row.sounds for name, row in rows.items() if name in kinds() and row.sounds}
    return Edition(number, words_of(parts, texts), sounds, parts.flows)


def words_of(parts: "Parts", texts: Mapping[str, str]) -> Words:
    """The words with these texts in the place of the shipped files. Raises FlowError."""
    if not texts:
        return parts.words
    shipped = [words_name(dialect) for dialect in parts.words.dialects]
    return read_words(
        [Sheet(name, texts.get(name) or kinds()[name].shipped) for name in {**dict.fromkeys(shipped), **texts}]
    )


def begin(parts: "Parts", session: Session, conversation: Conversation) -> None:
    """Settle which words a conversation goes by: the newest, or those on trial for its number."""
    conversation.edition = newest(session)
    if conversation.caller and conversation.channel == "voice":
        conversation.trial_id = _on_trial(session, conversation.caller.number)


def of(parts: "Parts", session: Session, conversation: Conversation) -> Edition:
    """The words a conversation goes by: a call by those it began with, a thread of texts by the newest."""
    if conversation.channel != "voice":
        return edition(parts, session)
    return edition(parts, session, conversation.edition, conversation.trial_id)


def refresh(parts: "Parts", session: Session) -> None:
    """Go by the newest data files from now on; one query where nothing has changed."""
    number = newest(session)
    if parts.data_edition == number:
        return
    found = {group: versions(session, number, group) for group in (FILES, SPOKEN)}
    looked_at = {name: _looked_at(name, row) for rows in found.values() for name, row in rows.items()}
    texts = {
        group: {kinds()[name].key: row.text for name, row in rows.items() if looked_at[name][0]}
        for group, rows in found.items()
    }
    files.put_in_force(texts[FILES], texts[SPOKEN])
    parts.set_aside = {name: errors for name, (_, errors) in looked_at.items() if errors}
    parts.data_edition = number


def versions(session: Session, number: int, group: str) -> dict[str, DocumentVersion]:
    """The versions that hold at an edition, by the documents' names."""
    last = (
        select(func.max(DocumentVersion.edition))
        .where(DocumentVersion.edition <= number, DocumentVersion.name.like(f"{group}/%"))
        .group_by(DocumentVersion.name)
    )
    return {row.name: row for row in session.scalars(select(DocumentVersion).where(DocumentVersion.edition.in_(last)))}


def is_shipped(row: DocumentVersion) -> bool:
    """Whether a version says what was shipped when it was written: an upgrade then goes on by itself."""
    return row.sha256 == row.shipped_sha256


def _usable(parts: "Parts", rows: Mapping[str, DocumentVersion], number: int) -> Edition:
    """The words of these versions; what is shipped where an upgrade made them unusable."""
    try:
        return built(parts, rows, number)
    except FlowError as error:
        log.error("published words cannot be used; the shipped ones are", error=str(error))
        return Edition(number, parts.words, {}, parts.flows)


def _looked_at(name: str, row: DocumentVersion) -> tuple[bool, list[Exception]]:
    """Whether a version is to stand in the place of the shipped file, and what of it cannot be used any more: an
    upgrade may have made single patterns unusable, or all of it; then the shipped file holds."""
    kind = kinds().get(name)
    if kind is None or is_shipped(row):
        return False, []
    try:
        unusable = kind.unusable(Sheet(kind.key if kind.group == FILES else f"{kind.key}.yaml", row.text))
    except Exception as error:  # each reader has its own; the service must go on
        log.error("a published file cannot be used; the shipped one is", name=name, error=str(error))
        return False, [error]
    for error in unusable:
        log.error("a published pattern cannot be used and is left out", name=name, error=str(error))
    return True, list(unusable)


def _on_trial(session: Session, caller: str) -> UUID | None:
    tried = select(DocumentVersion.id).where(DocumentVersion.trial_caller == caller, DocumentVersion.at > now() - TRIAL)
    return session.scalar(tried.order_by(DocumentVersion.at.desc()).limit(1))
