"""The first users, roles and endpoints; run again, it brings them up to date."""

import concurrent.futures
import dataclasses
import itertools
from typing import Any

from sqlalchemy import orm

from common import clock
from identity.db import assignments, rows
from identity.db.models import (
    Assignment,
    Domain,
    Endpoint,
    Implication,
    Project,
    Region,
    Role,
    Service,
    User,
    new_id,
)
from identity.logic import passwords
from identity.logic.lockout import NOT_COUNTED
from identity.logic.work import Change, Work

DOMAIN_ID = "default"
CHAIN = ("admin", "manager", "member", "reader")
ROLES = (*CHAIN, "service")
INTERFACES = ("public", "internal", "admin")
NAMES = {
    "identity": "keystone",
    "image": "glance",
    "network": "neutron",
    "compute": "nova",
    "placement": "placement",
    "orchestration": "heat",
    "block-storage": "cinder",
    "volumev3": "cinderv3",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wanted:
    """What there shall be.

    service_passwords: by the service user's name.  endpoints: URL by service type.
    """

    admin_password: str
    service_passwords: dict[str, str]
    region: str
    endpoints: dict[str, str]


class Bootstrap:
    """Makes what a cloud needs before anybody can ask it for anything.

    rounds: bcrypt's work factor for the administrator, whose password a person may have chosen.
    """

    def __init__(self, work: Work, rounds: int) -> None:
        self._work = work
        self._rounds = rounds

    def run(self, wanted: Wanted) -> None:
        """Make what is missing, and change what differs: passwords, URLs."""
        given = {"admin": wanted.admin_password, **wanted.service_passwords}
        hashes = self._hashes(given)
        with self._work.change() as change:
            session = change.session
            if session.get(Domain, DOMAIN_ID) is None:
                session.add(Domain(id=DOMAIN_ID, name="Default", description="The default domain"))
                session.flush()
            roles = _roles(session)
            projects = {name: _project(session, name) for name in ("admin", "service")}
            admin = _user(change, "admin", hashes)
            _assign(session, admin, "project", projects["admin"], roles["admin"])
            _assign(session, admin, "system", assignments.SYSTEM, roles["admin"])
            for name in wanted.service_passwords:
                user_id = _user(change, name, hashes, {NOT_COUNTED: True})
                for role in ("service", "admin"):
                    _assign(session, user_id, "project", projects["service"], roles[role])
            _catalog(session, wanted)

    def _hashes(self, given: dict[str, str]) -> dict[str, str | None]:
        """Return new hashes by user name; None where the password in the table is right already.

        bcrypt leaves the interpreter's lock alone, so the users' hashes are made side by side.
        """
        with self._work.reading() as session:
            users = {
                name: rows.find(session, User, domain_id=DOMAIN_ID, name=name) for name in given
            }

        def look(name: str) -> str | None:
            user = users[name]
            if user is not None and passwords.matches(
                given[name], user.password_hash or "", self._rounds
            ):
                return None
            rounds = self._rounds if name == "admin" else passwords.SECRET_ROUNDS
            return passwords.make(given[name], rounds)

        with concurrent.futures.ThreadPoolExecutor() as pool:
            return dict(zip(given, pool.map(look, given), strict=True))


def _roles(session: orm.Session) -> dict[str, str]:
    found = {}
    for name in ROLES:
        role = rows.find(session, Role, name=name, domain_id="")
        if role is None:
            role = Role(id=new_id(), name=name, options={"immutable": True})
            session.add(role)
        found[name] = role.id
    session.flush()
    for prior, implied in itertools.pairwise(CHAIN):
        key = (found[prior], found[implied])
        if session.get(Implication, key) is None:
            session.add(Implication(prior_id=key[0], implied_id=key[1]))
    return found


def _project(session: orm.Session, name: str) -> str:
    project = rows.find(session, Project, domain_id=DOMAIN_ID, name=name)
    if project is None:
        project = Project(id=new_id(), domain_id=DOMAIN_ID, parent_id=DOMAIN_ID, name=name)
        session.add(project)
        session.flush()
    return project.id


def _user(
    change: Change,
    name: str,
    hashes: dict[str, str | None],
    options: dict[str, Any] | None = None,
) -> str:
    """Return the user's id, the password being right; old tokens end with the old password."""
    user = rows.find(change.session, User, domain_id=DOMAIN_ID, name=name)
    fresh = hashes[name]
    if user is None:
        user = User(id=new_id(), domain_id=DOMAIN_ID, name=name)
        change.session.add(user)
    elif fresh is not None:
        change.end_user(user.id)
    user.enabled = True
    user.options = {**(user.options or {}), **(options or {})}
    if fresh is not None:
        user.password_hash, user.password_changed_at = fresh, clock.utcnow()
    change.session.flush()
    return user.id


def _assign(session: orm.Session, user_id: str, target: str, target_id: str, role_id: str) -> None:
    key = ("user", user_id, target, target_id, role_id, False)
    if session.get(Assignment, key) is None:
        session.add(
            Assignment(
                actor="user", actor_id=user_id, target=target, target_id=target_id, role_id=role_id
            )
        )


def _catalog(session: orm.Session, wanted: Wanted) -> None:
    if session.get(Region, wanted.region) is None:
        session.add(Region(id=wanted.region))
        session.flush()
    for service_type, url in wanted.endpoints.items():
        service = rows.find(session, Service, type=service_type)
        if service is None:
            name = NAMES.get(service_type, service_type)
            service = Service(id=new_id(), type=service_type, name=name)
            session.add(service)
            session.flush()
        for interface in INTERFACES:
            _endpoint(session, service.id, wanted.region, interface, url)


def _endpoint(
    session: orm.Session, service_id: str, region_id: str, interface: str, url: str
) -> None:
    facts = {"service_id": service_id, "region_id": region_id, "interface": interface}
    endpoint = rows.find(session, Endpoint, **facts)
    if endpoint is None:
        endpoint = Endpoint(**facts)
        session.add(endpoint)
    endpoint.url = url
