"""The servers that the functional tests run on."""

import kombu
import pytest
import sqlalchemy as sa


def test_each_test_has_a_virtual_host_of_its_own(bus_url):
    with kombu.Connection(bus_url) as connection:
        name = connection.default_channel.queue_declare("same-name").queue
        assert name == "same-name"


def test_a_queue_of_another_test_is_not_there(bus_url):
    with kombu.Connection(bus_url) as connection, pytest.raises(Exception, match="NOT_FOUND"):
        connection.default_channel.queue_declare("same-name", passive=True)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_database_of_its_own(database_url, turn):
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE mine (id INTEGER)"))
        assert connection.execute(sa.text("SELECT COUNT(*) FROM mine")).scalar() == 0
    engine.dispose()
