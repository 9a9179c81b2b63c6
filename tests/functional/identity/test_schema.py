"""The migrations and the models say the same."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from common.db import Database, migrate
from identity.db import extensions
from identity.db.models import Model


def test_the_migrations_make_the_tables_that_the_models_describe(database_url):
    assert extensions.Consumer.__tablename__ in Model.metadata.tables
    migrate(database_url, "identity")
    migrate(database_url, "identity")
    database = Database(database_url)
    try:
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection)
            differences = compare_metadata(context, Model.metadata)
    finally:
        database.close()
    assert differences == []
