"""Where somebody may act: a project, a domain, the system, a trust's project, or nowhere."""

import dataclasses
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import access, db
from identity.db import assignments, rows
from identity.db.extensions import AccessToken
from identity.db.models import ApplicationCredential, Domain, Project, Role, Trust, User
from identity.errors import ActionForbidden, AuthenticationFailed
from identity.logic.oauth import roles_left
from identity.logic.who import Proof, expired, find_domain


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scope:
    """Where, with which roles, as whom.

    user: who the token speaks for: the trustor of a trust that impersonates.
    """

    user: User
    roles: tuple[str, ...] = ()
    project: Project | None = None
    domain: Domain | None = None
    system: bool = False
    trust_id: str | None = None
    access_rules: tuple[str, ...] = ()


def find(session: orm.Session, proof: Proof, wanted: Any) -> Scope:
    """Return the scope that a proven user asks for.

    wanted: the `scope` of `POST /v3/auth/tokens`, `unscoped`, or None for the user's default.
    Raises AuthenticationFailed when the user, or the target, is disabled, unknown, or gives
    the user no role; ActionForbidden when a trust cannot be used.
    """
    user = session.get(User, proof.user_id)
    if user is None or not enabled_user(session, user):
        raise AuthenticationFailed()
    if proof.credential_id:
        return _of_credential(session, user, proof.credential_id, wanted)
    if proof.access_id:
        return _of_access(session, user, proof.access_id, wanted)
    if wanted is None:
        return _default(session, user)
    if wanted == "unscoped" or (isinstance(wanted, dict) and "unscoped" in wanted):
        return Scope(user=user)
    kinds = {"project": _project, "domain": _domain, "system": _system, "OS-TRUST:trust": _trust}
    if not isinstance(wanted, dict) or len(wanted) != 1 or next(iter(wanted)) not in kinds:
        raise AuthenticationFailed()
    kind, target = next(iter(wanted.items()))
    if not isinstance(target, dict):
        raise AuthenticationFailed()
    return kinds[kind](session, user, target)


def enabled_user(session: orm.Session, user: User) -> bool:
    """Say whether the user and the user's domain are enabled."""
    domain = session.get(Domain, user.domain_id)
    return user.enabled and domain is not None and domain.enabled


def _default(session: orm.Session, user: User) -> Scope:
    if user.default_project_id:
        try:
            return _project(session, user, {"id": user.default_project_id})
        except AuthenticationFailed:
            return Scope(user=user)
    return Scope(user=user)


def _project(session: orm.Session, user: User, wanted: dict[str, Any]) -> Scope:
    project = _find_project(session, wanted)
    usable(session, project)
    roles = assignments.effective(session, user.id, "project", project.id)
    return Scope(user=user, project=project, roles=_some(roles))


def _find_project(session: orm.Session, wanted: dict[str, Any]) -> Project:
    project = None
    if isinstance(wanted.get("id"), str):
        project = session.get(Project, wanted["id"])
    elif isinstance(wanted.get("name"), str):
        domain = find_domain(session, wanted.get("domain"))
        if domain is not None:
            project = rows.find(session, Project, domain_id=domain.id, name=wanted["name"])
    if project is None:
        raise AuthenticationFailed()
    return project


def usable(session: orm.Session, project: Project) -> None:
    """Return when a project and its domain are enabled.  Raises AuthenticationFailed."""
    domain = session.get(Domain, project.domain_id)
    if not project.enabled or domain is None or not domain.enabled:
        raise AuthenticationFailed()


def _domain(session: orm.Session, user: User, wanted: dict[str, Any]) -> Scope:
    domain = find_domain(session, wanted)
    if domain is None or not domain.enabled:
        raise AuthenticationFailed()
    roles = assignments.effective(session, user.id, "domain", domain.id)
    return Scope(user=user, domain=domain, roles=_some(roles))


def _system(session: orm.Session, user: User, wanted: dict[str, Any]) -> Scope:
    if wanted.get("all") is not True:
        raise AuthenticationFailed()
    roles = assignments.effective(session, user.id, "system", assignments.SYSTEM)
    return Scope(user=user, system=True, roles=_some(roles))


def _some(roles: list[Role]) -> tuple[str, ...]:
    if not roles:
        raise AuthenticationFailed()
    return tuple(role.name for role in roles)


def _of_credential(session: orm.Session, user: User, credential_id: str, wanted: Any) -> Scope:
    """Return the application credential's own scope: no other may be asked for."""
    credential = session.get(ApplicationCredential, credential_id)
    if credential is None or wanted is not None:
        raise AuthenticationFailed()
    project = rows.get(session, Project, credential.project_id)
    usable(session, project)
    held = {role.id for role in assignments.effective(session, user.id, "project", project.id)}
    kept = {role.id for role in credential.roles} & held
    roles = assignments.with_implied(session, kept)
    rules = [access.text(rule.service, rule.method, rule.path) for rule in credential.access_rules]
    return Scope(user=user, project=project, roles=_some(roles), access_rules=tuple(sorted(rules)))


def _of_access(session: orm.Session, user: User, access_id: str, wanted: Any) -> Scope:
    """Return the scope that the user let a consumer act in: no other may be asked for."""
    access = session.get(AccessToken, access_id)
    if access is None or wanted is not None:
        raise AuthenticationFailed()
    project = rows.get(session, Project, access.project_id)
    usable(session, project)
    roles = assignments.with_implied(session, roles_left(session, access))
    return Scope(user=user, project=project, roles=_some(roles))


def _trust(session: orm.Session, user: User, wanted: dict[str, Any]) -> Scope:
    trust = session.get(Trust, str(wanted.get("id")))
    if trust is None or expired(trust.expires_at):
        raise AuthenticationFailed()
    if trust.trustee_user_id != user.id:
        raise ActionForbidden(reason="User is not a trustee")
    trustor = rows.get(session, User, trust.trustor_user_id)
    if not enabled_user(session, trustor):
        raise ActionForbidden(reason="Trustor is disabled")
    acting = trustor if trust.impersonation else user
    if trust.project_id is None:
        return Scope(user=acting, trust_id=trust.id)
    project = rows.get(session, Project, trust.project_id)
    usable(session, project)
    held = {role.id for role in assignments.effective(session, trustor.id, "project", project.id)}
    if not {role.id for role in trust.roles} <= held:
        raise ActionForbidden(reason="Trustor no longer has the trust's roles")
    roles = assignments.with_implied(session, {role.id for role in trust.roles})
    names = tuple(role.name for role in roles)
    return Scope(user=acting, project=project, roles=names, trust_id=trust.id)


def use_trust(session: orm.Session, trust_id: str) -> None:
    """Count one use of a trust.  Raises ActionForbidden when none is left."""
    use = (
        sa.update(Trust)
        .where(Trust.id == trust_id, Trust.remaining_uses > 0)
        .values(remaining_uses=Trust.remaining_uses - 1)
    )
    endless = sa.select(Trust.id).where(Trust.id == trust_id, Trust.remaining_uses.is_(None))
    if not db.matched(session, use) and session.scalar(endless) is None:
        raise ActionForbidden(reason="No remaining uses for trust")
