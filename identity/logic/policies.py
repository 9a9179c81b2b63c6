"""Policy documents: kept for whoever asks, never looked into; and what they are for."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from identity.db import rows
from identity.db.extensions import PolicyUse
from identity.db.models import Endpoint, PolicyBlob, Region, Service
from identity.errors import Missing
from identity.logic.things import Things


class Policies(Things[PolicyBlob]):
    """Every policy document."""

    model = PolicyBlob
    writable = frozenset({"type", "blob"})
    filters = frozenset({"type"})

    def use(self, policy_id: str, **of: str) -> None:
        """Say that a document, and no other, is for something.  Raises Missing.

        of: endpoint_id, or service_id, or service_id and region_id.
        """
        with self._work.change() as change:
            session = change.session
            _known(session, policy_id, of)
            row = session.get(PolicyUse, _key(of))
            if row is None:
                session.add(PolicyUse(policy_id=policy_id, **_named(of)))
            else:
                row.policy_id = policy_id

    def check(self, policy_id: str, **of: str) -> None:
        """Return when a document is for something.  Raises Missing."""
        with self._work.reading() as session:
            _used(session, policy_id, of)

    def disuse(self, policy_id: str, **of: str) -> None:
        """Say that a document is not for something any more.  Raises Missing."""
        with self._work.change() as change:
            change.session.delete(_used(change.session, policy_id, of))

    def endpoints(self, policy_id: str) -> Sequence[Endpoint]:
        """Return the endpoints that a document is for.  Raises Missing."""
        with self._work.reading() as session:
            rows.get(session, PolicyBlob, policy_id)
            uses = _uses(session)
            parents = _parents(session)
            every = session.scalars(sa.select(Endpoint).order_by(Endpoint.id)).all()
            return [one for one in every if _policy_of(one, uses, parents) == policy_id]

    def of_endpoint(self, endpoint_id: str) -> PolicyBlob:
        """Return the document that is for an endpoint.  Raises Missing."""
        with self._work.reading() as session:
            endpoint = rows.get(session, Endpoint, endpoint_id)
            found = _policy_of(endpoint, _uses(session), _parents(session))
            if found is None:
                raise Missing(kind="policy", id=f"none is for endpoint {endpoint_id}")
            return rows.get(session, PolicyBlob, found)


def _named(of: dict[str, str]) -> dict[str, str]:
    return {"endpoint_id": "", "service_id": "", "region_id": "", **of}


def _key(of: dict[str, str]) -> tuple[str, str, str]:
    named = _named(of)
    return named["endpoint_id"], named["service_id"], named["region_id"]


def _known(session: orm.Session, policy_id: str, of: dict[str, str]) -> None:
    rows.get(session, PolicyBlob, policy_id)
    for name, model in (("endpoint_id", Endpoint), ("service_id", Service), ("region_id", Region)):
        if name in of:
            rows.get(session, model, of[name])


def _used(session: orm.Session, policy_id: str, of: dict[str, str]) -> PolicyUse:
    _known(session, policy_id, of)
    row = session.get(PolicyUse, _key(of))
    if row is None or row.policy_id != policy_id:
        raise Missing(kind="policy association", id=policy_id)
    return row


def _uses(session: orm.Session) -> dict[tuple[str, str, str], str]:
    found = session.scalars(sa.select(PolicyUse))
    return {(row.endpoint_id, row.service_id, row.region_id): row.policy_id for row in found}


def _parents(session: orm.Session) -> dict[str, str | None]:
    return {row.id: row.parent_region_id for row in session.scalars(sa.select(Region))}


def _policy_of(
    endpoint: Endpoint, uses: dict[tuple[str, str, str], str], parents: dict[str, str | None]
) -> str | None:
    """Return the id of the document that is for an endpoint.

    Its own comes first, then that of its service in its region or the nearest one above, then
    its service's.  Source: Identity API v3, OS-ENDPOINT-POLICY.
    """
    own = uses.get((endpoint.id, "", ""))
    region = endpoint.region_id
    seen: set[str] = set()
    while own is None and region is not None and region not in seen:
        seen.add(region)
        own = uses.get(("", endpoint.service_id, region))
        region = parents.get(region)
    return own or uses.get(("", endpoint.service_id, ""))
