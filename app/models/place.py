"""Village (村): the places cases come from."""

from uuid import UUID, uuid4

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Village(Base):
    """A village of the town, with other names people use for it and the number of its groups (村民小组).

    `dialect` is what most people there speak (a key of speech_models/dialects); empty: not known. `population`: people
    who live there; 0: not known. `town` is the town or township it belongs to, `code` its code of twelve digits in the
    national list; both empty where not known. `lat` and `lon` (WGS 84, degrees) are there where the file of villages
    gives them. `found_as` is the name by which its cases are found; after a rename it is the old one until the worker
    has gone through them (services/search/indexing.py:refresh_villages).
    """

    __tablename__ = "villages"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    aliases: Mapped[list] = mapped_column(default=list)
    groups: Mapped[int] = mapped_column(default=0)
    dialect: Mapped[str] = mapped_column(String(32), default="")
    population: Mapped[int] = mapped_column(default=0)
    town: Mapped[str] = mapped_column(String(64), default="")
    code: Mapped[str] = mapped_column(String(12), default="", index=True)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    found_as: Mapped[str] = mapped_column(String(64), default=lambda row: row.get_current_parameters()["name"])
