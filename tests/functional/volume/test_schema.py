"""The migrations and the models say the same."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from common.db import Database, migrate
from volume.db import models  # noqa: F401  (they register themselves)
from volume.db.base import Base


def test_the_migrations_make_the_tables_that_the_models_describe(database_url):
    migrate(database_url, "volume")
    migrate(database_url, "volume")
    database = Database(database_url)
    try:
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection)
            differences = compare_metadata(context, Base.metadata)
    finally:
        database.close()
    assert differences == []
