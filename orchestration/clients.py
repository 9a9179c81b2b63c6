"""Calls to the other services, on behalf of a stack's owner."""

import threading
from typing import Any

from keystoneauth1 import exceptions as ks_errors
from keystoneauth1 import session as ks_session
from keystoneauth1.identity import v3
from oslo_config import cfg

from common import clients, config
from common.errors import Unavailable
from orchestration import errors
from orchestration.errors import ResourceFailed


class CloudRefused(ResourceFailed):
    """Another service said no.  status: its HTTP status."""

    message = "{service}: {reason} (HTTP {status_code})"


class CloudUnreachable(Unavailable):
    """Another service did not answer; the same call may work in a moment."""

    message = "{service} does not answer: {reason}"


class Service:
    """One service's API.  Answers are parsed; refusals raise CloudRefused."""

    def __init__(self, adapter: Any, name: str) -> None:
        self._adapter = adapter
        self._name = name

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Return the JSON of a GET.  Raises CloudRefused, CloudUnreachable."""
        return self._call("GET", path, params=params)

    def find(self, path: str, **params: Any) -> dict[str, Any] | None:
        """Return the JSON of a GET, None when there is no such thing."""
        try:
            return self.get(path, **params)
        except CloudRefused as error:
            if error.facts["status_code"] == 404:
                return None
            raise

    def post(
        self, path: str, body: dict[str, Any], microversion: str | None = None
    ) -> dict[str, Any]:
        """Return the JSON of a POST.  Raises CloudRefused, CloudUnreachable."""
        return self._call("POST", path, json=body, microversion=microversion)

    def put(
        self, path: str, body: dict[str, Any], microversion: str | None = None
    ) -> dict[str, Any]:
        """Return the JSON of a PUT.  Raises CloudRefused, CloudUnreachable."""
        return self._call("PUT", path, json=body, microversion=microversion)

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON of a PATCH.  Raises CloudRefused, CloudUnreachable."""
        return self._call("PATCH", path, json=body)

    def delete(self, path: str) -> None:
        """Delete; what is not there is deleted.  Raises CloudRefused, CloudUnreachable."""
        try:
            self._call("DELETE", path)
        except CloudRefused as error:
            if error.facts["status_code"] != 404:
                raise

    def _call(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        try:
            answer = self._adapter.request(path, method, **kwargs)
        except ks_errors.HttpError as error:
            if error.http_status >= 500:
                raise CloudUnreachable(service="identity", reason=str(error)) from error
            raise CloudRefused(
                service="identity", reason=error.message, status_code=error.http_status
            ) from error
        except ks_errors.ClientException as error:
            raise CloudUnreachable(service=self._name, reason=str(error)) from error
        if answer.status_code in (502, 503, 504):
            raise CloudUnreachable(service=self._name, reason=reason(answer))
        if answer.status_code >= 400:
            raise CloudRefused(
                service=self._name, reason=reason(answer), status_code=answer.status_code
            )
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found


def reason(answer: Any) -> str:
    """Return the sentence in an error body, whichever service wrote it."""
    try:
        body = answer.json()
    except ValueError:
        return str(answer.text)[:300]
    for value in body.values() if isinstance(body, dict) else ():
        if isinstance(value, dict) and "message" in value:
            return str(value["message"])
    return str(body)[:300]


class Cloud:
    """The services that resources are made of."""

    def __init__(self, session: ks_session.Session, conf: cfg.ConfigOpts) -> None:
        def service(kind: str, **options: Any) -> Service:
            return Service(clients.adapter(session, kind, conf, **options), kind)

        self.network = service("network", version=None)
        self.compute = service("compute", default_microversion=None)
        self.image = service("image")
        self.volume = service("block-storage")
        self.identity = service("identity")
        self.orchestration = service("orchestration")


class Clouds:
    """A Cloud for each trust, kept so that its token is fetched once."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._lock = threading.Lock()
        self._known: dict[str, Cloud] = {}

    def of(self, trust_id: str) -> Cloud:
        """Return the cloud as the stack's owner sees it."""
        with self._lock:
            if trust_id not in self._known:
                self._known[trust_id] = Cloud(self._session(trust_id), self._conf)
            return self._known[trust_id]

    def forget(self, trust_id: str) -> None:
        """Drop the session of a trust that ended."""
        with self._lock:
            self._known.pop(trust_id, None)

    def _session(self, trust_id: str) -> ks_session.Session:
        auth = v3.Password(
            auth_url=self._conf.service_user.auth_url,
            username="orchestration",
            password=config.secret(self._conf, "service-orchestration"),
            user_domain_id=self._conf.service_user.domain_id,
            trust_id=trust_id,
        )
        return ks_session.Session(auth=auth, timeout=self._conf.service_user.timeout_s)


class Trusts:
    """Trusts by which orchestration acts for a stack's owner.  Source: Identity v3, OS-TRUST."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._own = clients.service_session(conf, "orchestration")

    def create(self, token: str, user_id: str, project_id: str, roles: tuple[str, ...]) -> str:
        """Return the id of a new trust from the token's owner to orchestration.

        Raises TrustForbidden, for example when the token itself came from a trust, TrustImpossible
        when identity refuses for a reason that is not the caller's, CloudUnreachable.
        """
        session = clients.user_session(self._conf, token, project_id)
        wanted = {
            "trustor_user_id": user_id,
            "trustee_user_id": self._me(),
            "project_id": project_id,
            "impersonation": True,
            "roles": [{"name": role} for role in roles],
        }
        try:
            answer = self._identity(session).post("/OS-TRUST/trusts", {"trust": wanted})
        except CloudRefused as error:
            if error.facts["status_code"] in (401, 403):
                raise errors.TrustForbidden(reason=error.facts["reason"]) from error
            raise errors.TrustImpossible(reason=error.facts["reason"]) from error
        return str(answer["trust"]["id"])

    def list(self) -> set[str]:
        """Return the ids of all trusts in orchestration.  Raises CloudRefused, CloudUnreachable."""
        own = self._identity(self._own)
        rows = own.get("/OS-TRUST/trusts", trustee_user_id=self._me())["trusts"]
        return {str(row["id"]) for row in rows}

    def delete(self, trust_id: str) -> None:
        """End a trust; one that is gone already is a success."""
        self._identity(self._own).delete(f"/OS-TRUST/trusts/{trust_id}")

    def _identity(self, session: ks_session.Session) -> Service:
        return Service(clients.adapter(session, "identity", self._conf), "identity")

    def _me(self) -> str:
        try:
            return str(self._own.get_user_id())
        except ks_errors.ClientException as error:
            raise CloudUnreachable(service="identity", reason=str(error)) from error
