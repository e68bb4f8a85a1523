"""The schema: brought up to date by numbered migrations (app/migrations), on SQLite and PostgreSQL alike."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from app.db import Database

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Bring the database up to this version of the service; one that is up to date is left alone."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
