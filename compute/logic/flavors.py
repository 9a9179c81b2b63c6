"""What can be done with flavors."""

import builtins
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.paging import Page
from compute import errors
from compute.db import flavors as queries
from compute.db.models import Flavor, FlavorAccess
from compute.schemas.common import truth


class SpecNotFound(roots.NotFound):
    message = "Flavor {flavor_id} has no extra specs with key {key}."


class AccessNotFound(roots.NotFound):
    message = "Flavor access not found for {flavor_id} / {project_id} combination."


class Flavors:
    """Flavors, their extra specs, and who may use them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def list(self, ctx: RequestContext, page: Page, filters: Mapping[str, Any]) -> list[Flavor]:
        """Return a page of flavors.  filters: name, minRam, minDisk,
        is_public (True, False, None)."""
        conditions: list[Any] = [queries.visible(ctx)]
        if ctx.is_admin and filters.get("is_public", True) is not None:
            conditions.append(Flavor.is_public == filters.get("is_public", True))
        if "name" in filters:
            conditions.append(Flavor.name == filters["name"])
        if filters.get("minRam"):
            conditions.append(Flavor.memory_mib >= filters["minRam"])
        if filters.get("minDisk"):
            conditions.append(Flavor.disk_gib >= filters["minDisk"])
        with self._database.reading() as session:
            return queries.page(session, conditions, page)

    def get(self, ctx: RequestContext, flavor_id: str) -> Flavor:
        """Return a flavor.  Raises FlavorNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, flavor_id)

    def create(self, wanted: Mapping[str, Any]) -> Flavor:
        """Keep a new flavor.  Raises FlavorExists."""
        given = wanted.get("id") or wanted.get("flavorid")
        flavor_id = str(uuid.uuid4()) if given in (None, "auto") else str(given)
        flavor = Flavor(
            id=flavor_id,
            name=wanted["name"].strip(),
            description=wanted.get("description"),
            vcpus=int(wanted["vcpus"]),
            memory_mib=int(wanted["ram"]),
            disk_gib=int(wanted["disk"]),
            ephemeral_gib=int(wanted.get("OS-FLV-EXT-DATA:ephemeral", 0)),
            swap_mib=int(wanted.get("swap") or 0),
            rxtx_factor=float(wanted.get("rxtx_factor", 1.0)),
            is_public=truth(wanted.get("os-flavor-access:is_public", True)),
            disabled=False,
            extra_specs={},
            created_at=self._clock(),
        )
        with self._database.transaction() as session:
            queries.add(session, flavor)
        return flavor

    def describe(self, ctx: RequestContext, flavor_id: str, text: str | None) -> Flavor:
        """Change the description.  Raises FlavorNotFound."""
        with self._database.transaction() as session:
            flavor = queries.get(session, ctx, flavor_id)
            flavor.description = text
        return flavor

    def delete(self, ctx: RequestContext, flavor_id: str) -> None:
        """Remove a flavor; servers keep theirs.  Raises FlavorNotFound."""
        with self._database.transaction() as session:
            flavor = queries.get(session, ctx, flavor_id)
            session.execute(sa.delete(FlavorAccess).where(FlavorAccess.flavor_id == flavor_id))
            session.delete(flavor)

    def set_specs(
        self, ctx: RequestContext, flavor_id: str, specs: Mapping[str, Any]
    ) -> dict[str, str]:
        """Add or replace extra specs and return all.  Raises FlavorNotFound."""
        with self._database.transaction() as session:
            flavor = queries.get(session, ctx, flavor_id)
            text = {key: str(value) for key, value in specs.items()}
            flavor.extra_specs = flavor.extra_specs | text
        return flavor.extra_specs

    def spec(self, ctx: RequestContext, flavor_id: str, key: str) -> str:
        """Return one extra spec.  Raises FlavorNotFound, SpecNotFound."""
        specs = self.get(ctx, flavor_id).extra_specs
        if key not in specs:
            raise SpecNotFound(flavor_id=flavor_id, key=key)
        return specs[key]

    def drop_spec(self, ctx: RequestContext, flavor_id: str, key: str) -> None:
        """Remove one extra spec.  Raises FlavorNotFound, SpecNotFound."""
        with self._database.transaction() as session:
            flavor = queries.get(session, ctx, flavor_id)
            if key not in flavor.extra_specs:
                raise SpecNotFound(flavor_id=flavor_id, key=key)
            flavor.extra_specs = {k: v for k, v in flavor.extra_specs.items() if k != key}

    def projects(self, ctx: RequestContext, flavor_id: str) -> builtins.list[str]:
        """Return who may use a flavor.  Raises FlavorNotFound, also for a public one."""
        with self._database.reading() as session:
            flavor = queries.get(session, ctx, flavor_id)
            if flavor.is_public:
                raise errors.FlavorNotFound(flavor_id=flavor_id)
            return queries.projects(session, flavor_id)

    def allow(
        self, ctx: RequestContext, flavor_id: str, project_id: str, version: tuple[int, int]
    ) -> builtins.list[str]:
        """Let a project use a flavor and return all that may.  Raises Conflict when it may."""
        with self._database.transaction() as session:
            flavor = queries.get(session, ctx, flavor_id)
            if flavor.is_public and version >= (2, 7):
                raise roots.Conflict(reason="Can not add access to a public flavor.")
            if project_id in queries.projects(session, flavor_id):
                raise roots.Conflict(
                    reason=f"Flavor access already exists for flavor {flavor_id} and project "
                    f"{project_id} combination."
                )
            session.add(FlavorAccess(flavor_id=flavor_id, project_id=project_id))
            session.flush()
            return queries.projects(session, flavor_id)

    def forbid(self, ctx: RequestContext, flavor_id: str, project_id: str) -> builtins.list[str]:
        """Let a project no longer use a flavor.  Raises AccessNotFound."""
        with self._database.transaction() as session:
            queries.get(session, ctx, flavor_id)
            row = session.get(FlavorAccess, (flavor_id, project_id))
            if row is None:
                raise AccessNotFound(flavor_id=flavor_id, project_id=project_id)
            session.delete(row)
            session.flush()
            return queries.projects(session, flavor_id)
