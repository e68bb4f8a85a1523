"""How alembic reaches our database: on the connection it is handed, or on the one that the settings name."""

from alembic import context

import app.models  # noqa: F401  (registers every table)
from app.db import Base, Database
from app.settings import Settings


def _run(connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    _run(handed)
else:
    with Database(Settings().database).engine.connect() as connection:
        _run(connection)
        connection.commit()
