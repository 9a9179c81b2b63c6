"""Address scopes: made, changed and removed."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.context import RequestContext
from network import errors
from network.db import pools as queries
from network.db import rows
from network.db.base import new_id
from network.db.lists import Wanted
from network.db.pool_models import AddressScope
from network.logic import rbac
from network.logic.base import Logic, named, owner


class AddressScopes(Logic):
    """What can be done with address scopes."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[AddressScope]:
        """Return one page of the scopes the caller may see."""
        with self._database.reading() as session:
            return queries.SCOPES.fetch(session, queries.scope_visible(ctx), wanted)

    def get(self, ctx: RequestContext, scope_id: str) -> AddressScope:
        """Return one scope.  Raises AddressScopeNotFound."""
        with self._database.reading() as session:
            return queries.get_scope(session, ctx, scope_id)

    def create(
        self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]
    ) -> Sequence[AddressScope]:
        """Make all of the scopes or none."""
        with self._database.transaction() as session:
            made = []
            for one in wanted:
                scope = AddressScope(
                    id=new_id(),
                    project_id=owner(ctx, one),
                    ip_version=one["ip_version"],
                    **named(one, ("name",)),
                )
                session.add(scope)
                session.flush()
                if one.get("shared"):
                    rbac.share(session, "address_scope", scope)
                made.append(queries.get_scope(session, ctx, scope.id))
        return made

    def update(self, ctx: RequestContext, scope_id: str, wanted: Mapping[str, Any]) -> AddressScope:
        """Change a scope.  Raises AddressScopeNotFound, NotYours, AddressScopeUpdateError."""
        with self._database.transaction() as session:
            scope = queries.get_scope(session, ctx, scope_id)
            rbac.check_own(ctx, "Address scope", scope)
            if wanted.get("shared") is False and scope.shared_with(None):
                raise errors.AddressScopeUpdateError(
                    address_scope_id=scope_id, reason="cannot unshare address scope"
                )
            rows.change(scope, named(wanted, ("name",)))
            if wanted.get("shared"):
                rbac.share(session, "address_scope", scope)
            session.flush()
            return queries.get_scope(session, ctx, scope_id)

    def delete(self, ctx: RequestContext, scope_id: str) -> None:
        """Remove a scope.  Raises AddressScopeNotFound, NotYours, AddressScopeInUse."""
        with self._database.transaction() as session:
            scope = queries.get_scope(session, ctx, scope_id)
            rbac.check_own(ctx, "Address scope", scope)
            used = [pool.id for pool in queries.pools_of_scope(session, scope_id)]
            if used:
                raise errors.AddressScopeInUse(address_scope_id=scope_id, pools=", ".join(used[:5]))
            rows.delete(session, scope)
