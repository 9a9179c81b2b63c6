"""A whole cloud, brought up by devstack, and people who use it with the public clients."""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import uuid

import openstack
import pytest

from devstack import clouds, instance
from tests.acceptance.people import Person

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def cloud():
    """The cloud under test: the one CUMULET_TEST_STATE names, or one made for this run."""
    given = os.environ.get("CUMULET_TEST_STATE")
    if given:
        yield instance.known(given)
        return
    with tempfile.TemporaryDirectory(prefix="cumulet-acceptance-", dir="/var/tmp") as place:
        where = ["--state-dir", f"{place}/state"]
        up = [ROOT / "devstack/up", "--no-demo", "--port-offset", "auto", *where]
        subprocess.run(up, check=True, stdout=sys.stderr)
        try:
            yield instance.known(f"{place}/state")
        finally:
            subprocess.run([ROOT / "devstack/down", "--purge", *where], check=True)


@pytest.fixture(scope="session")
def admin(cloud):
    """The administrator's connection."""
    return clouds.connect(cloud)


@pytest.fixture(scope="session")
def someone(cloud, admin):
    """Make an ordinary member of a fresh project; call it for each person wanted."""
    with contextlib.ExitStack() as undo:

        def make():
            name = f"person-{uuid.uuid4().hex[:8]}"
            password = uuid.uuid4().hex
            project = admin.identity.create_project(name=name, domain_id="default")
            undo.callback(admin.identity.delete_project, project)
            user = admin.identity.create_user(
                name=name, domain_id="default", password=password, default_project_id=project.id
            )
            undo.callback(admin.identity.delete_user, user)
            role = admin.identity.find_role("member")
            admin.identity.assign_project_role_to_user(project, user, role)
            person = Person(cloud, name, password, project.id)
            undo.callback(person.clear)
            return person

        yield make


@pytest.fixture(scope="module")
def person(someone):
    """An ordinary member of a fresh project, for one module's tests."""
    return someone()


@pytest.fixture(autouse=True)
def quiet():
    """Keep the SDK's own log out of the way."""
    openstack.enable_logging(debug=False)
