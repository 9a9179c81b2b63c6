"""Identity's API on a database of the test's own, bootstrapped, with a client that logs in."""

import dataclasses
import pathlib
from typing import Any

import falcon.testing

from common import db
from common.auth import KeySource
from common.db import Database
from identity.app import Parts, create_app
from identity.drivers.keyring import KeyRing
from identity.drivers.vault import Vault
from identity.logic.bootstrap import Bootstrap, Wanted
from identity.logic.lockout import Lockout
from identity.logic.work import Herald, Work

ROUNDS = 4
PASSWORD = "correct horse"
WANTED = Wanted(
    admin_password=PASSWORD,
    service_passwords={"compute": "service secret"},
    region="RegionOne",
    endpoints={
        "identity": "http://127.0.0.1:5000/v3",
        "orchestration": "http://127.0.0.1:8004/v1/%(tenant_id)s",
    },
)


@dataclasses.dataclass
class Cloud:
    """One identity service, and what a test does with it."""

    database: Database
    ring: KeyRing
    work: Work
    client: falcon.testing.TestClient
    source: KeySource | None = None

    def auth(
        self,
        user: str = "admin",
        password: str = PASSWORD,
        scope: Any = "admin",
        **others: Any,
    ) -> falcon.testing.Result:
        """Ask for a token.  scope: a project's name in the default domain, or a whole scope."""
        default = {"id": "default"}
        identity = {
            "methods": ["password"],
            "password": {"user": {"name": user, "domain": default, "password": password}},
        }
        auth: dict[str, Any] = {"identity": others.get("identity", identity)}
        if isinstance(scope, str) and scope != "unscoped":
            scope = {"project": {"name": scope, "domain": default}}
        if scope is not None:
            auth["scope"] = scope
        return self.client.simulate_post(
            "/v3/auth/tokens", json={"auth": auth}, query_string=others.get("query")
        )

    def login(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """Return the headers of a new token."""
        answer = self.auth(*args, **kwargs)
        assert answer.status_code == 201, answer.text
        return {"X-Auth-Token": answer.headers["X-Subject-Token"]}

    def call(
        self, method: str, path: str, headers: dict[str, str], body: Any = None, status: int = 200
    ) -> Any:
        """Return the JSON of an answer that has to have a status."""
        answer = self.client.simulate_request(method, f"/v3{path}", headers=headers, json=body)
        assert answer.status_code == status, f"{answer.status_code} {answer.text}"
        return answer.json if answer.content and status != 204 else None

    def user(self, admin: dict[str, str], name: str, role: str = "member", **fields: Any) -> str:
        """Make a user and a project of one name, with a role; return the user's id."""
        body = {"user": {"name": name, "password": PASSWORD, "domain_id": "default", **fields}}
        user = self.call("POST", "/users", admin, body, 201)["user"]
        project = self.project(admin, name)
        self.grant(admin, user["id"], project, role)
        return str(user["id"])

    def project(self, admin: dict[str, str], name: str, **fields: Any) -> str:
        """Make a project, and return its id."""
        body = {"project": {"name": name, "domain_id": "default", **fields}}
        return str(self.call("POST", "/projects", admin, body, 201)["project"]["id"])

    def role(self, admin: dict[str, str], name: str) -> str:
        """Return a role's id."""
        return str(self.call("GET", f"/roles?name={name}", admin)["roles"][0]["id"])

    def grant(self, admin: dict[str, str], user_id: str, project_id: str, role: str) -> str:
        """Give a user a role on a project; return the assignment's path."""
        path = f"/projects/{project_id}/users/{user_id}/roles/{self.role(admin, role)}"
        self.call("PUT", path, admin, status=204)
        return path

    def works(self, headers: dict[str, str]) -> bool:
        """Say whether a token is accepted."""
        return bool(
            self.client.simulate_get("/v3/auth/catalog", headers=headers).status_code == 200
        )


def build(url: str, directory: pathlib.Path, herald: Herald | None = None, **options: Any) -> Cloud:
    """Return a bootstrapped identity service.  options: fields of identity.app.Parts."""
    db.migrate(url, "identity")
    ring = KeyRing(directory / "keys")
    ring.add()
    database = Database(url)
    work = Work(database, herald)
    Bootstrap(work, ROUNDS).run(WANTED)
    return Cloud(database, ring, work, client(database, work, ring, **options))


def client(
    database: Database, work: Work, ring: KeyRing, **options: Any
) -> falcon.testing.TestClient:
    """Return a client of one API process."""
    vault = Vault(ring.directory / "credentials")
    parts = Parts(database=database, work=work, ring=ring, vault=vault, rounds=ROUNDS, **options)
    return falcon.testing.TestClient(create_app(parts))


__all__ = ["PASSWORD", "ROUNDS", "WANTED", "Cloud", "Lockout", "build", "client"]
