"""The engine, the transaction, and the guarded update."""

import contextlib
import logging
import pathlib
import time
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import event, orm

from common import errors, patterns

LOG = logging.getLogger(__name__)
BUSY_TIMEOUT_S = 15


class Model(orm.DeclarativeBase):
    """The base of one service's tables; each service derives its own with its own metadata."""


class Database:
    """One service's database: SQLite in WAL mode, or PostgreSQL.

    Made after gunicorn has forked, in the process that uses it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            path = sa.engine.make_url(url).database
            if path:
                pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
            self.engine = sa.create_engine(
                url, pool_size=16, max_overflow=16, connect_args={"timeout": BUSY_TIMEOUT_S}
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = sa.create_engine(url, pool_size=8, max_overflow=16, pool_pre_ping=True)
        self._session = orm.sessionmaker(self.engine, expire_on_commit=False)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[orm.Session]:
        """Open a transaction that may write; commit at the end, roll back on any error.

        On SQLite it takes the write lock at once, so two writers queue instead of failing.
        Raises DatabaseUnavailable when the database does not answer, BadRequest for a value that
        does not fit its column.
        """
        with self._translated(), self._session() as session:
            session.connection(execution_options={"cumulet_write": True})
            yield session
            session.commit()

    @contextlib.contextmanager
    def reading(self) -> Iterator[orm.Session]:
        """Open a transaction that only reads: one snapshot, no lock."""
        with self._translated(), self._session() as session:
            yield session

    def ping(self) -> None:
        """Raise DatabaseUnavailable unless the database answers."""
        with self.reading() as session:
            session.execute(sa.text("SELECT 1"))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
            LOG.error("the database failed: %s", error)
            raise errors.DatabaseUnavailable() from error
        except (sa.exc.DataError, OverflowError) as error:
            LOG.warning("the database cannot keep a value: %s", error)
            raise errors.BadRequest(reason="A value is too long or too large.") from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    # In place of SQLAlchemy's, which has no time limit and keeps every thread waiting.
    connection.create_function("regexp", 2, patterns.found)


def _begin_sqlite(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("cumulet_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def lock(session: orm.Session, *names: str) -> None:
    """Let nobody else pass these names until the transaction ends.

    Whatever is counted or searched before it is added to is locked first.  SQLite has one writer
    at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        for name in sorted(set(names)):
            key = sa.func.hashtextextended(name, 0)
            session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def matched(session: orm.Session, statement: sa.Update | sa.Delete) -> bool:
    """Execute a guarded statement and say whether it met a row."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return bool(result.rowcount)  # type: ignore[attr-defined]


def migrate(url: str, package: str) -> None:
    """Bring a service's schema up to date.

    package: the service, whose revisions lie in `<package>/db/migrations/versions/`.  Two callers
    at the same time queue; each revision is applied once.
    """
    root = pathlib.Path(__file__).resolve().parent.parent
    conf = Config()
    conf.set_main_option("script_location", str(root / "common" / "migrations"))
    conf.set_main_option(
        "version_locations", str(root / package / "db" / "migrations" / "versions")
    )
    conf.set_main_option("path_separator", "os")
    database = Database(url)
    try:
        with _exclusive(database) as connection:
            conf.attributes["connection"] = connection
            command.upgrade(conf, "head")
    finally:
        database.close()


@contextlib.contextmanager
def _exclusive(database: Database) -> Iterator[sa.Connection]:
    connection = database.engine.connect().execution_options(cumulet_write=True)
    deadline = time.monotonic() + 60
    while True:
        try:
            transaction = connection.begin()
            break
        except sa.exc.OperationalError:
            if time.monotonic() > deadline:
                raise
    try:
        if not database.is_sqlite:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7274001)")
        yield connection
        transaction.commit()
    finally:
        connection.close()
