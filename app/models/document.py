"""Document (文稿): a file that staff edit, its drafts and everything it ever said."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now


class Document(Base):
    """One file by its name (words/mandarin.yaml). A row exists once somebody has edited it.

    `newest` is the number of its newest published version; 0: as shipped. Locked while it is changed.
    """

    __tablename__ = "documents"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    newest: Mapped[int] = mapped_column(default=0)

    versions: Mapped[list["DocumentVersion"]] = relationship(
        back_populates="document", order_by="DocumentVersion.at, DocumentVersion.number"
    )


class DocumentVersion(Base):
    """What a document says: published (`edition`, `number`), on trial (`trial_caller`), or the draft.

    `edition` counts what is published, of all documents together; what holds at an edition is the newest version of
    each document up to it. A published version never changes; going back publishes the older text anew. `sounds`: text
    of a piece of words -> key of a person's recording of it. `revision` counts the savings of a draft. `shipped_sha256`
    is of the file as it was shipped when this was written.
    """

    __tablename__ = "document_versions"
    __table_args__ = (UniqueConstraint("name", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(ForeignKey("documents.name"), index=True)
    number: Mapped[int | None]
    edition: Mapped[int | None] = mapped_column(unique=True)
    trial_caller: Mapped[str] = mapped_column(String(32), default="")
    text: Mapped[str] = mapped_column(Text)
    sounds: Mapped[dict] = mapped_column(default=dict)
    sha256: Mapped[str] = mapped_column(String(64))
    shipped_sha256: Mapped[str] = mapped_column(String(64), default="")
    revision: Mapped[int] = mapped_column(default=0)
    by: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None]

    document: Mapped[Document] = relationship(back_populates="versions")
