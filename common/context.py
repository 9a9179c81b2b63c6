"""Who is asking, on whose behalf, and which request it is."""

import contextvars
import dataclasses
import uuid
from typing import Any

CURRENT_REQUEST: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")


def new_request_id() -> str:
    """Return a new id in the form that OpenStack clients accept: req-<uuid>."""
    return f"req-{uuid.uuid4()}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class RequestContext:
    """The caller of one request, as its token says.

    token is the raw token, for calls made with the caller's own rights; it never crosses the bus.
    system is True for a token of system scope.  expires_at: seconds since the epoch.
    """

    request_id: str = dataclasses.field(default_factory=new_request_id)
    user_id: str | None = None
    user_name: str | None = None
    user_domain_id: str | None = None
    user_domain_name: str | None = None
    project_id: str | None = None
    project_name: str | None = None
    project_domain_id: str | None = None
    project_domain_name: str | None = None
    domain_id: str | None = None
    domain_name: str | None = None
    system: bool = False
    trust_id: str | None = None
    roles: tuple[str, ...] = ()
    audit_ids: tuple[str, ...] = ()
    access_rules: tuple[str, ...] = ()
    expires_at: float | None = None
    token: str | None = dataclasses.field(default=None, repr=False)

    @property
    def scope(self) -> str:
        """Where the token counts: `system`, `domain`, `project`, or `nowhere`."""
        if self.system:
            return "system"
        if self.domain_id:
            return "domain"
        return "project" if self.project_id else "nowhere"

    @property
    def is_admin(self) -> bool:
        """Whether the caller sees every project's rows."""
        return "admin" in self.roles or "service" in self.roles

    def credentials(self) -> dict[str, Any]:
        """Return what policy rules are checked against: only what the caller has.

        A scope that is missing has no entry, so it equals no resource's, not even a missing one.
        """
        facts = {
            "user_id": self.user_id,
            "project_id": self.project_id,
            "tenant_id": self.project_id,
            "domain_id": self.domain_id,
            "user_domain_id": self.user_domain_id,
            "project_domain_id": self.project_domain_id,
            "scope": self.scope,
            "system_scope": "all" if self.system else None,
            "trust_id": self.trust_id,
            "roles": list(self.roles),
            "is_admin": self.is_admin,
        }
        return {name: value for name, value in facts.items() if value is not None}

    def to_message(self) -> dict[str, Any]:
        """Return the part that crosses the bus: who and which request, never the token."""
        return {
            "request_id": self.request_id,
            "user_id": self.user_id,
            "project_id": self.project_id,
            "roles": list(self.roles),
        }

    @classmethod
    def from_message(cls, fields: dict[str, Any]) -> "RequestContext":
        """Rebuild the context that `to_message` wrote; unknown fields are dropped."""
        return cls(
            request_id=fields.get("request_id") or new_request_id(),
            user_id=fields.get("user_id"),
            project_id=fields.get("project_id"),
            roles=tuple(fields.get("roles", ())),
        )

    @classmethod
    def internal(cls) -> "RequestContext":
        """Return the context of work that no request asked for, such as a sweep."""
        return cls(roles=("service", "admin"))
