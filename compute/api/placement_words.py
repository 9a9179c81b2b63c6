"""The words of the ledger: resource classes and traits."""

import re

import falcon
import sqlalchemy as sa

from common import errors
from common.policy import Policy
from compute.db.ledger_models import Allocation, Inventory, ProviderTrait, ResourceClass, Trait
from compute.logic.placement import STANDARD_CLASSES, Placement
from compute.policies import placement as policies

CUSTOM = re.compile("^CUSTOM_[A-Z0-9_]{1,247}$")


class TraitsResource:
    """/traits and /{name} below it"""

    def __init__(self, policy: Policy, placement: Placement) -> None:
        self._policy = policy
        self._placement = placement

    def _known(self) -> set[str]:
        with self._placement.reading() as session:
            held = set(session.scalars(sa.select(ProviderTrait.trait).distinct()))
            return held | set(session.scalars(sa.select(Trait.name)))

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        given = req.get_param("name") or ""
        found = sorted(self._known())
        if given.startswith("startswith:"):
            found = [one for one in found if one.startswith(given.partition(":")[2])]
        elif given.startswith("in:"):
            found = [one for one in found if one in given.partition(":")[2].split(",")]
        resp.media = {"traits": found}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        if name not in self._known():
            raise errors.NotFound()
        resp.status = falcon.HTTP_204

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.WRITE)
        if not CUSTOM.fullmatch(name):
            raise errors.BadRequest(reason="A trait that is added here begins with CUSTOM_.")
        new = name not in self._known()
        with self._placement.writing() as session:
            session.merge(Trait(name=name))
        resp.status = falcon.HTTP_201 if new else falcon.HTTP_204
        resp.set_header("Location", f"{req.forwarded_prefix}/traits/{name}")

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.WRITE)
        with self._placement.writing() as session:
            held = sa.select(ProviderTrait).where(ProviderTrait.trait == name)
            if session.scalar(held.limit(1)) is not None:
                raise errors.Conflict(reason=f"The trait {name} is in use by a provider.")
            row = session.get(Trait, name)
            if row is None:
                raise errors.NotFound()
            session.delete(row)
        resp.status = falcon.HTTP_204


class ClassesResource:
    """/resource_classes and /{name} below it"""

    def __init__(self, policy: Policy, placement: Placement) -> None:
        self._policy = policy
        self._placement = placement

    def _known(self) -> list[str]:
        with self._placement.reading() as session:
            own = session.scalars(sa.select(ResourceClass.name).order_by(ResourceClass.name))
            return [*STANDARD_CLASSES, *own]

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        resp.media = {"resource_classes": [_view(name) for name in self._known()]}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        if name not in self._known():
            raise errors.NotFound()
        resp.media = _view(name)

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.WRITE)
        if not CUSTOM.fullmatch(name):
            raise errors.BadRequest(reason="A class that is added here begins with CUSTOM_.")
        new = name not in self._known()
        with self._placement.writing() as session:
            session.merge(ResourceClass(name=name))
        resp.status = falcon.HTTP_201 if new else falcon.HTTP_204
        resp.set_header("Location", f"{req.forwarded_prefix}/resource_classes/{name}")

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.WRITE)
        if name in STANDARD_CLASSES:
            raise errors.BadRequest(reason=f"Cannot delete standard resource class {name}.")
        with self._placement.writing() as session:
            for part in (Inventory, Allocation):
                held = sa.select(part.provider_id).where(part.resource_class == name)
                if session.scalar(held.limit(1)) is not None:
                    raise errors.Conflict(reason=f"The resource class {name} is in use.")
            row = session.get(ResourceClass, name)
            if row is None:
                raise errors.NotFound()
            session.delete(row)
        resp.status = falcon.HTTP_204


def _view(name: str) -> dict[str, object]:
    return {"name": name, "links": [{"rel": "self", "href": f"/resource_classes/{name}"}]}
