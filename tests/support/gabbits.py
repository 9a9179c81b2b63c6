"""Placement's published request files, run against our ledger: one file, one empty database.

The files and the data they start from are read out of the wheel; nothing else of it is run.
"""

import ast
import functools
import importlib.metadata
import os
import pathlib
import shutil
import tempfile
import types
import unittest
import uuid
from collections.abc import Iterator
from typing import Any

import os_resource_classes
import os_traits
import yaml
from gabbi import fixture, suitemaker
from gabbi.handlers import RESPONSE_HANDLERS

from common import clock, db
from common.db import Database
from common.policy import Policy, Rule
from compute import app
from compute.db.ledger_models import (
    Allocation,
    Consumer,
    Inventory,
    Provider,
    ProviderAggregate,
    ProviderTrait,
    ResourceClass,
    Trait,
)
from compute.db.placement import UNKNOWN
from compute.logic.ledger import Ledger
from compute.logic.placement import Placement
from tests.support.tokens import Authority


def folder() -> pathlib.Path:
    """Return where the published tests are."""
    distribution = importlib.metadata.distribution("openstack-placement")
    return pathlib.Path(str(distribution.locate_file("placement/tests/functional")))


def names() -> list[str]:
    """Return the published files' names."""
    return sorted(path.stem for path in (folder() / "gabbits").glob("*.yaml"))


def run(name: str) -> dict[str, str]:
    """Run one file and return what failed: the tests' names, and why."""
    path = folder() / "gabbits" / f"{name}.yaml"
    suite = suitemaker.test_suite_from_dict(
        unittest.defaultTestLoader,
        name,
        yaml.safe_load(path.read_text()),
        str(path.parent),
        "placement.test",
        8778,
        _fixtures(),
        _asked,
        test_loader_name=__name__,
        handlers=[each() for each in RESPONSE_HANDLERS],
    )
    result = unittest.TestResult()
    suite.run(result)
    failed = {_name(test, name): _reason(text) for test, text in result.failures + result.errors}
    unexpected = {_name(test, name): "passed" for test in result.unexpectedSuccesses}
    return failed | unexpected


def _name(test: object, file: str) -> str:
    """Return a test's name; what fails before any test is the file's first one."""
    name = type(test).__name__
    return name if name.startswith(file) else f"{file}_valid_options_request"


def _reason(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    first = next((n for n, line in enumerate(lines) if "AssertionError" in line), -3)
    return " | ".join(lines[first:])[:600]


class _Now:
    """What answers at this moment: the app and the database of the file that runs."""

    app: Any = None
    database: Database


def _asked() -> Any:
    return lambda environ, start_response: _Now.app(environ, start_response)


class APIFixture(fixture.GabbiFixture):  # type: ignore[misc]
    """An empty ledger, and the words that the files use for what they make."""

    _secure_rbac = False
    context = None

    def start_fixture(self) -> None:
        self.directory = pathlib.Path(tempfile.mkdtemp())
        shutil.copy(_empty_database(), self.directory / "ledger.db")
        _Now.database = Database(f"sqlite:///{self.directory}/ledger.db")
        self.policy_fixture = types.SimpleNamespace(set_rules=self._open)
        self._serve(app.RULES if self._secure_rbac else [_anybodys(rule) for rule in app.RULES])
        for word in _UUIDS:
            os.environ[word] = str(uuid.uuid4())
        for number in ("", "1", "2"):
            os.environ[f"CUSTOM_RES_CLASS{number}"] = f"CUSTOM_IRON_NFV{number}"

    def _open(self, rules: dict[str, str]) -> None:
        self._serve([Rule(r.name, "@", r.operation, r.description) for r in app.RULES])

    def _serve(self, rules: list[Rule]) -> None:
        authority = Authority()
        services: Any = types.SimpleNamespace(
            placement=Placement(_Now.database, clock.utcnow), ledger=Ledger(_Now.database)
        )
        wsgi = app.placement_app(Policy(rules), services, authority.verifier(), {})
        _Now.app = _with_tokens(wsgi, authority)

    def stop_fixture(self) -> None:
        _Now.database.close()
        shutil.rmtree(self.directory)


def _anybodys(rule: Rule) -> Rule:
    """Return the rule as it is before the newest defaults: administrators reshape, too."""
    if rule.name != "placement:reshape":
        return rule
    return Rule(rule.name, f"{rule.check} or role:admin", rule.operation, rule.description)


_UUIDS = (
    *("RP_UUID", "RP_NAME", "RP_UUID1", "RP_NAME1", "RP_UUID2", "RP_NAME2", "PROJECT_ID"),
    *("ADMIN_PROJECT_ID", "SERVICE_PROJECT_ID", "USER_ID", "PROJECT_ID_ALT", "USER_ID_ALT"),
    *("INSTANCE_UUID", "MIGRATION_UUID", "CONSUMER_UUID", "PARENT_PROVIDER_UUID"),
    "ALT_PARENT_PROVIDER_UUID",
)


@functools.cache
def _empty_database() -> pathlib.Path:
    path = pathlib.Path(tempfile.mkdtemp()) / "empty.db"
    db.migrate(f"sqlite:///{path}", "compute")
    return path


def _with_tokens(wsgi: Any, authority: Authority) -> Any:
    """Return an app that takes `user:project` for a token, and its roles from a header."""

    def ask(environ: dict[str, Any], start_response: Any) -> Any:
        given = environ.get("HTTP_X_AUTH_TOKEN")
        if given is not None:
            user, _, project = given.partition(":")
            roles = environ.get("HTTP_X_ROLES", "admin" if user == "admin" else "")
            claims: dict[str, Any] = {"user_id": user, "roles": [r for r in roles.split(",") if r]}
            if environ.get("HTTP_OPENSTACK_SYSTEM_SCOPE"):
                claims["system"] = True
            else:
                claims["project_id"] = environ.get("HTTP_X_PROJECT_ID") or project or user
            environ["HTTP_X_AUTH_TOKEN"] = authority.token(**claims)
        environ["PATH_INFO"] = environ["PATH_INFO"].encode().decode("latin-1")
        return wsgi(environ, start_response)

    return ask


class _Sentinels:
    """A UUID for every name, the same one each time."""

    def __getattr__(self, name: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


class _Ledger:
    """What the published fixtures make their data with."""

    def create_provider(self, context: Any, name: str, *groups: str, **values: Any) -> Any:
        new_id = values.get("uuid") or str(uuid.uuid4())
        parent_id = values.get("parent")
        with _Now.database.transaction() as session:
            parent = session.get(Provider, parent_id) if parent_id else None
            root_id = parent.root_id if parent else new_id
            session.add(
                Provider(
                    id=new_id,
                    name=name,
                    generation=0,
                    parent_id=parent_id,
                    root_id=root_id,
                    created_at=clock.utcnow(),
                )
            )
        made = types.SimpleNamespace(uuid=new_id)
        made.set_aggregates = functools.partial(self._set_groups, new_id)
        self._set_groups(new_id, groups)
        return made

    def _moved_on(self, session: Any, provider_id: str) -> None:
        session.get_one(Provider, provider_id).generation += 1

    def _set_groups(self, provider_id: str, groups: Any) -> None:
        with _Now.database.transaction() as session:
            for group in groups:
                session.merge(ProviderAggregate(provider_id=provider_id, aggregate_id=group))

    def add_inventory(self, provider: Any, name: str, total: int, **values: Any) -> None:
        with _Now.database.transaction() as session:
            if name.startswith("CUSTOM_"):
                session.merge(ResourceClass(name=name))
            values = {"max_unit": total, **values}
            self._moved_on(session, provider.uuid)
            session.add(
                Inventory(provider_id=provider.uuid, resource_class=name, total=total, **values)
            )

    def set_traits(self, provider: Any, *names: str) -> None:
        with _Now.database.transaction() as session:
            for name in names:
                if name.startswith("CUSTOM_"):
                    session.merge(Trait(name=name))
                session.merge(ProviderTrait(provider_id=provider.uuid, trait=name))
            self._moved_on(session, provider.uuid)

    def create_user_and_project(self, context: Any, prefix: str = "fake") -> tuple[Any, Any]:
        return _External(context, f"{prefix}-user"), _External(context, f"{prefix}-project")

    def ensure_consumer(self, context: Any, user: Any, project: Any) -> Any:
        new_id = str(uuid.uuid4())
        with _Now.database.transaction() as session:
            session.add(
                Consumer(
                    id=new_id,
                    user_id=user.external_id,
                    project_id=project.external_id,
                    kind=UNKNOWN,
                    generation=0,
                )
            )
        return types.SimpleNamespace(uuid=new_id)

    def set_allocation(
        self, context: Any, provider: Any, consumer: Any, used: dict[str, int]
    ) -> None:
        with _Now.database.transaction() as session:
            self._moved_on(session, provider.uuid)
            session.get_one(Consumer, consumer.uuid).generation += 1
            for name, amount in used.items():
                session.merge(
                    Allocation(
                        consumer_id=consumer.uuid,
                        provider_id=provider.uuid,
                        resource_class=name,
                        used=amount,
                    )
                )


class _External:
    """A user or a project: nothing but its id."""

    def __init__(self, context: Any = None, external_id: str = "") -> None:
        self.external_id = external_id

    def create(self) -> None:
        pass


class _Class:
    """A custom resource class."""

    def __init__(self, context: Any, name: str) -> None:
        self.name = name

    def create(self) -> None:
        with _Now.database.transaction() as session:
            session.merge(ResourceClass(name=self.name))


@functools.cache
def _fixtures() -> types.ModuleType:
    """Return a module of the published fixtures, which make their data in our ledger."""
    module = types.ModuleType("published_fixtures")
    module.__dict__.update(
        APIFixture=APIFixture,
        tb=_Ledger(),
        os=os,
        uuids=_Sentinels(),
        uuidutils=types.SimpleNamespace(generate_uuid=lambda: str(uuid.uuid4())),
        orc=os_resource_classes,
        ot=os_traits,
        user_obj=types.SimpleNamespace(User=_External),
        project_obj=types.SimpleNamespace(Project=_External),
        rc_obj=types.SimpleNamespace(ResourceClass=_Class),
        policies=types.SimpleNamespace(list_rules=list),
    )
    for node in _classes():
        exec(compile(ast.Module([node], []), "gabbits", "exec"), module.__dict__)
    return module


def _classes() -> Iterator[ast.ClassDef]:
    tree = ast.parse((folder() / "fixtures/gabbits.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name not in ("APIFixture", "LazyWSGIApp"):
            yield node
