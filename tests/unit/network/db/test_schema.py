"""The migrations make the tables that the models describe."""

import pathlib

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from common import db
from common.db import Database
from network.db import quotas
from network.db.base import Model


def test_the_migrations_lead_to_the_models(tmp_path: pathlib.Path):
    url = f"sqlite:///{tmp_path}/network.db"
    db.migrate(url, "network")
    database = Database(url)
    with database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Model.metadata)
    database.close()
    assert found == []


def test_every_quota_has_something_to_count():
    assert quotas.COUNTED.keys() == quotas.MODELS.keys()
