"""A PostgreSQL of the test run's own, and in it a database of each test's own."""

import os
import pathlib
import pwd
import shutil
import subprocess
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests.support import keeper

PROGRAMS = pathlib.Path("/usr/lib/postgresql")
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "300",
}


def _as_postgres(argv: list[str]) -> list[str]:
    """Return the command line as the unprivileged user that PostgreSQL insists on."""
    if os.geteuid():
        return argv
    user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
    return ["setpriv", *user, "--", *argv]


def _program(name: str) -> str:
    found = sorted(PROGRAMS.glob(f"*/bin/{name}"))
    if not found:
        pytest.fail("PostgreSQL is not installed: run devstack/test, which brings it")
    return str(found[-1])


@pytest.fixture(scope="session")
def postgres() -> pathlib.Path:
    """The directory of the run's PostgreSQL's socket; it starts when the first test needs it."""
    directory = keeper.run_directory("postgres")
    data = directory / "data"

    def prepare() -> list[list[str]]:
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(data, user.pw_uid, user.pw_gid)
        initdb = [_program("initdb"), "-D", str(data), "-U", "tests", "-A", "trust", "--no-sync"]
        subprocess.run(_as_postgres(initdb), check=True, capture_output=True, cwd="/")
        settings = [word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")]
        server = [_program("postgres"), "-D", str(data), "-k", str(data), *settings]
        return [_as_postgres(server)]

    keeper.shared(directory, prepare, lambda: _answers(data))
    return data


def _answers(data: pathlib.Path) -> bool:
    try:
        psycopg.connect(host=str(data), user="tests", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def postgres_url(postgres: pathlib.Path) -> Iterator[str]:
    """URL of a database that only this test uses."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _administer(postgres, f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
    yield f"postgresql+psycopg://tests@/{name}?host={postgres}"
    _administer(postgres, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _administer(postgres: pathlib.Path, statement: str) -> None:
    with psycopg.connect(
        host=str(postgres), user="tests", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


@pytest.fixture
def sqlite_url(tmp_path: pathlib.Path) -> Iterator[str]:
    """URL of an SQLite file that only this test uses."""
    directory = tmp_path / "sqlite"
    directory.mkdir()
    yield f"sqlite:///{directory}/test.db"
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a fresh database: each test that asks for it runs on both kinds."""
    kind = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(kind)
    return url
