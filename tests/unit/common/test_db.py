"""Transactions, guarded updates and pages, on a SQLite file."""

import threading
import time

import falcon
import pytest
import sqlalchemy as sa
from falcon import testing
from sqlalchemy import orm

from common import db, errors, paging


class Base(orm.DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "things"

    id: orm.Mapped[str] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str | None]
    count: orm.Mapped[int] = orm.mapped_column(default=0)


@pytest.fixture
def database(tmp_path):
    found = db.Database(f"sqlite:///{tmp_path}/things.db")
    Base.metadata.create_all(found.engine)
    yield found
    found.close()


def test_a_transaction_that_fails_leaves_nothing(database):
    with pytest.raises(RuntimeError), database.transaction() as session:
        session.add(Thing(id="a"))
        session.flush()
        raise RuntimeError
    with database.reading() as session:
        assert session.get(Thing, "a") is None


def test_parallel_writers_queue_instead_of_failing(database):
    with database.transaction() as session:
        session.add(Thing(id="a"))

    def add() -> None:
        for _ in range(20):
            with database.transaction() as session:
                row = session.get_one(Thing, "a")
                row.count += 1

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.get_one(Thing, "a").count == 80


def test_a_number_that_no_column_holds_is_refused(database):
    with pytest.raises(errors.BadRequest), database.transaction() as session:
        session.add(Thing(id="a", count=2**63))
        session.flush()


def test_a_guarded_update_says_whether_it_met_a_row(database):
    with database.transaction() as session:
        session.add(Thing(id="a", count=1))
    with database.transaction() as session:
        guard = sa.update(Thing).where(Thing.id == "a", Thing.count == 1).values(count=2)
        assert db.matched(session, guard)
        assert not db.matched(session, guard)


def ids(database, **wanted):
    columns = {"name": Thing.name, "count": Thing.count}
    with database.reading() as session:
        rows = paging.fetch(session, sa.select(Thing), columns, Thing.id, paging.Page(**wanted))
        return [row.id for row in rows]


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("key", ["name", "count"])
def test_pages_put_together_are_the_whole_list_in_order(database, key, ascending):
    with database.transaction() as session:
        for number in range(25):
            name = None if number % 7 == 0 else f"n{number % 5}"
            session.add(Thing(id=f"id{number:02}", name=name, count=number % 3))
    order = ((key, ascending),)
    whole = ids(database, order=order)
    assert len(whole) == 25
    walked: list[str] = []
    while True:
        found = ids(database, order=order, limit=4, marker=walked[-1] if walked else None)
        if not found:
            break
        walked += found
    assert walked == whole


def test_an_unknown_marker_is_refused_by_name(database):
    with pytest.raises(errors.BadRequest, match="nobody"):
        ids(database, order=(("name", True),), marker="nobody")


def test_sort_keys_that_do_not_exist_are_refused_naming_those_that_do():
    req = falcon.Request(testing.create_environ(query_string="sort_key=secret"))
    with pytest.raises(errors.BadRequest, match="name"):
        paging.page(req, sort_keys=["name"])


def test_a_pattern_of_a_caller_does_not_keep_the_database_busy(tmp_path):
    database = db.Database(f"sqlite:///{tmp_path}/patterns.db")
    slow, name = "(a|a|aa?)+(a|aa)*b\\1?$", "a" * 5000 + "!"
    began = time.monotonic()
    with database.reading() as session:
        for pattern, there in ((slow, 0), ("^a+!$", 1)):
            found = sa.select(sa.literal(name).regexp_match(pattern))
            assert session.scalar(found) == there
    assert time.monotonic() - began < 10
    database.close()
