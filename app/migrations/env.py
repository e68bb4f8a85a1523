"""How alembic reaches our database: the one it is handed, or the one that the settings name."""

from alembic import context

import app.models  # noqa: F401  (registers every table)
from app.db import Base, Database
from app.settings import Settings

database = context.config.attributes.get("database") or Database(Settings().database)
with database.restructuring() as connection:  # the transaction of them all: alembic would make one for each migration
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
