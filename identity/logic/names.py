"""The names that belong to ids, for lists that show both."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from identity.db.assignments import Given
from identity.db.models import Domain, Group, Model, Project, Role, User
from identity.logic.work import Work

KINDS: dict[str, type[Model]] = {"user": User, "group": Group, "project": Project, "role": Role}


class Names:
    """Looks names up."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def of(self, found: Iterable[Given]) -> dict[tuple[str, str], dict[str, Any]]:
        """Return name and domain of everything in some assignments, by (kind, id)."""
        ids: dict[str, set[str]] = {}
        for given in found:
            grant = given.grant
            ids.setdefault(grant.actor, set()).add(grant.actor_id)
            ids.setdefault(grant.target, set()).add(grant.target_id)
            ids.setdefault("role", set()).add(given.role_id)
        names: dict[tuple[str, str], dict[str, Any]] = {}
        with self._work.reading() as session:
            domains = {domain.id: domain.name for domain in session.scalars(sa.select(Domain))}
            for domain_id, name in domains.items():
                names["domain", domain_id] = {"name": name}
            for kind, model in KINDS.items():
                for row in _rows(session, model, ids.get(kind, set())):
                    names[kind, row.id] = {"name": row.name}
                    if row.domain_id:
                        domain = {"id": row.domain_id, "name": domains.get(row.domain_id)}
                        names[kind, row.id]["domain"] = domain
        return names


def _rows(session: orm.Session, model: Any, ids: set[str]) -> Iterable[Any]:
    return session.scalars(sa.select(model).where(model.id.in_(ids)))
