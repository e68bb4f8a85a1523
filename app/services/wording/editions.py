"""Editions (版): what is said and gone by as it was published at one moment, the same in every process.

An edition is a number in the database, counted up with every publication; a process that meets a newer one reads it.
A call keeps the edition it began with. Data files are always gone by in their newest.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import files
from app.db import now
from app.models import Conversation, DocumentVersion
from app.services.wording.document_kinds import FILES, SPOKEN, WORDS, Kind, words_name
from ivr.document import FlowError, Sheet
from ivr.edition import Edition
from ivr.words import Words, read_words

if TYPE_CHECKING:
    from app.parts import Parts

log = structlog.get_logger()
TRIAL = timedelta(hours=2)  # how long a number hears a draft


def newest(session: Session) -> int:
    """The newest edition's number; 0: nothing was ever published."""
    return session.scalar(select(func.max(DocumentVersion.edition))) or 0


def edition(parts: "Parts", session: Session, number: int | None = None, trial: UUID | None = None) -> Edition:
    """The words of an edition (None: the newest), with those on trial in their place."""
    number = newest(session) if number is None else number

    def read() -> Edition:
        rows = versions(session, number, WORDS)
        if trial and (tried := session.get(DocumentVersion, trial)):
            rows[tried.name] = tried
        return _usable(parts, rows, number)

    return parts.in_force.edition((number, trial), read)


def built(parts: "Parts", rows: Mapping[str, DocumentVersion], number: int = 0) -> Edition:
    """The words of these versions, what has none as shipped. Raises FlowError."""
    texts = {name: row.text for name, row in rows.items() if not is_shipped(row)}
    sounds = {
        parts.documents[name].key: row.sounds for name, row in rows.items() if name in parts.documents and row.sounds
    }
    return Edition(number, words_of(parts, texts), sounds, parts.flows)


def words_of(parts: "Parts", texts: Mapping[str, str]) -> Words:
    """The words with these texts in the place of the shipped files. Raises FlowError."""
    if not texts:
        return parts.words
    shipped = [words_name(dialect) for dialect in parts.words.dialects]
    return read_words(
        [Sheet(name, texts.get(name) or parts.documents[name].shipped) for name in {**dict.fromkeys(shipped), **texts}]
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

    def put_in_force() -> Mapping[str, list[Exception]]:
        known = parts.documents
        found = {group: versions(session, number, group) for group in (FILES, SPOKEN)}
        looked_at = {name: _looked_at(known.get(name), row) for rows in found.values() for name, row in rows.items()}
        texts = {
            group: {known[name].key: row.text for name, row in rows.items() if looked_at[name][0]}
            for group, rows in found.items()
        }
        files.put_in_force(texts[FILES], texts[SPOKEN])
        return {name: errors for name, (_, errors) in looked_at.items() if errors}

    parts.in_force.switch_data(number, put_in_force)


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


def _looked_at(kind: Kind | None, row: DocumentVersion) -> tuple[bool, list[Exception]]:
    """Whether a version is to stand in the place of the shipped file, and what of it cannot be used any more: an
    upgrade may have made single patterns unusable, or all of it; then the shipped file holds."""
    if kind is None or is_shipped(row):
        return False, []
    try:
        unusable = kind.unusable(Sheet(kind.key if kind.group == FILES else f"{kind.key}.yaml", row.text))
    except Exception as error:  # each reader has its own; the service must go on
        log.error("a published file cannot be used; the shipped one is", name=kind.name, error=str(error))
        return False, [error]
    for error in unusable:
        log.error("a published pattern cannot be used and is left out", name=kind.name, error=str(error))
    return True, list(unusable)


def _on_trial(session: Session, caller: str) -> UUID | None:
    tried = select(DocumentVersion.id).where(DocumentVersion.trial_caller == caller, DocumentVersion.at > now() - TRIAL)
    return session.scalar(tried.order_by(DocumentVersion.at.desc(), DocumentVersion.id).limit(1))
