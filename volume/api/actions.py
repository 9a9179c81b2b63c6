"""POST /v3/volumes/{volume_id}/action: one body, one action."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import falcon

from common import errors, http
from common.context import RequestContext
from common.policy import Policy, Rule
from volume import states
from volume.api import requests
from volume.logic.actions import Actions
from volume.logic.attachments import Attachments
from volume.logic.migrating import Migrating
from volume.logic.moving import Moving
from volume.logic.volumes import Volumes
from volume.policies import volumes as policies
from volume.schemas import volumes as schemas
from volume.views.common import moment

Handler = Callable[[falcon.Request, falcon.Response, str, Any], None]


class Room(Protocol):
    """Some actions by their names: each with its rule, and what carries it out."""

    @property
    def handlers(self) -> Mapping[str, tuple[Rule, Handler]]: ...


class ActionResource:
    """/v3/volumes/{volume_id}/action, and the like of snapshots.

    act: the rule for acting at all; each action has one of its own beside.
    bodies: the schemas by action; one without is taken as it comes.
    """

    def __init__(
        self, policy: Policy, act: Rule, bodies: Mapping[str, Mapping[str, Any]], *rooms: Room
    ) -> None:
        self._policy = policy
        self._act = act
        self._bodies = bodies
        self._handlers: dict[str, tuple[Rule, Handler]] = {}
        for room in rooms:
            self._handlers |= room.handlers

    def on_post(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, self._act)
        body = http.json_body(req)
        if not isinstance(body, dict) or len(body) != 1:
            raise errors.BadRequest(reason="There must be exactly one action in the body.")
        name, given = next(iter(body.items()))
        if name not in self._handlers:
            known = ", ".join(sorted(self._handlers))
            raise errors.BadRequest(
                reason=f"There is no such action: {name[:80]}; there are {known}."
            )
        rule, handler = self._handlers[name]
        self._policy.authorize(req.context.ctx, rule)
        if name in self._bodies:
            http.check(given, self._bodies[name])
        resp.status = falcon.HTTP_202
        handler(req, resp, resource_id, given)


class Changes:
    """What changes a volume itself."""

    def __init__(self, volumes: Volumes, actions: Actions, migrating: Migrating) -> None:
        self._volumes = volumes
        self._actions = actions
        self._migrating = migrating
        self.handlers: dict[str, tuple[Rule, Handler]] = {
            "os-migrate_volume": (policies.MIGRATE, self._migrate),
            "os-extend": (policies.EXTEND, self._extend),
            "os-extend_volume_completion": (policies.EXTENDED, self._extended),
            "os-set_bootable": (policies.BOOTABLE, self._bootable),
            "os-update_readonly_flag": (policies.READONLY, self._readonly),
            "os-reset_status": (policies.RESET, self._reset),
            "os-force_delete": (policies.FORCE, self._force_delete),
            "os-retype": (policies.RETYPE, self._retype),
            "revert": (policies.REVERT, self._revert),
        }

    def _extend(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        in_use = not requests.before(req, (3, 42))
        self._actions.extend(req.context.ctx, one, int(given["new_size"]), in_use=in_use)

    def _extended(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        requests.since(req, (3, 71))
        self._actions.extended(req.context.ctx, one, failed=schemas.is_true(given["error"]))

    def _bootable(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        bootable = schemas.is_true(given["bootable"])
        self._actions.set_bootable(req.context.ctx, one, bootable=bootable)
        resp.status = falcon.HTTP_200

    def _readonly(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        readonly = schemas.is_true(given["readonly"])
        self._actions.set_readonly(req.context.ctx, one, readonly=readonly)

    def _reset(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        wanted = given.get("status")
        if wanted is not None and wanted not in states.STATUSES:
            raise errors.BadRequest(
                reason=f"Status {wanted} is none of {', '.join(sorted(states.STATUSES))}."
            )
        self._actions.reset(req.context.ctx, one, given)

    def _force_delete(
        self, req: falcon.Request, resp: falcon.Response, one: str, given: Any
    ) -> None:
        self._volumes.delete(req.context.ctx, one, force=True)

    def _retype(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        moves = given.get("migration_policy") == "on-demand"
        self._actions.retype(req.context.ctx, one, given["new_type"], moves=moves)

    def _migrate(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        if given.get("cluster") or not given.get("host"):
            raise errors.BadRequest(
                reason="A volume is moved to a host: host has to be given, and no cluster."
            )
        self._migrating.migrate(req.context.ctx, one, given["host"])

    def _revert(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        requests.since(req, (3, 40))
        self._actions.revert(req.context.ctx, one, given["snapshot_id"])


class Moves:
    """What compute tells of volumes that it has moved."""

    def __init__(self, moving: Moving) -> None:
        self._moving = moving
        self.handlers: dict[str, tuple[Rule, Handler]] = {
            "os-migrate_volume_completion": (policies.MIGRATED, self._completed),
        }

    def _completed(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        failed = schemas.is_true(given.get("error"))
        new_volume_id = given["new_volume"]
        kept = self._moving.completed(req.context.ctx, one, new_volume_id, failed=failed)
        resp.media = {"save_volume_id": kept}
        resp.status = falcon.HTTP_200


class ImageActions:
    """What is between a volume and images."""

    def __init__(self, volumes: Volumes, actions: Actions) -> None:
        self._volumes = volumes
        self._actions = actions
        self.handlers: dict[str, tuple[Rule, Handler]] = {
            "os-volume_upload_image": (policies.UPLOAD, self._upload),
            "os-set_image_metadata": (policies.IMAGE_ITEMS, self._set),
            "os-unset_image_metadata": (policies.IMAGE_ITEMS, self._unset),
            "os-show_image_metadata": (policies.SHOW_IMAGE_ITEMS, self._show),
            "os-reimage": (policies.REIMAGE, self._reimage),
        }

    def _upload(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        wanted = {**given, "force": schemas.is_true(given.get("force"))}
        newer = not requests.before(req, (3, 1))
        for name in ("visibility", "protected"):
            if not newer:
                wanted.pop(name, None)
        if "protected" in wanted:
            wanted["protected"] = schemas.is_true(wanted["protected"])
        volume, kind, image = self._actions.upload(req.context.ctx, one, wanted)
        found = {
            "id": volume.id,
            "updated_at": moment(volume.updated_at),
            "status": volume.status,
            "display_description": volume.description,
            "size": volume.size_gib,
            "volume_type": {"id": kind.id, "name": kind.name},
            "image_id": image["id"],
            "image_name": image["name"],
            "container_format": image["container_format"],
            "disk_format": image["disk_format"],
        }
        if newer:
            found["visibility"] = image.get("visibility", "private")
            found["protected"] = image.get("protected", False)
        resp.media = {"os-volume_upload_image": found}

    def _set(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        found = self._actions.set_image(req.context.ctx, one, given["metadata"])
        resp.media = {"metadata": found}
        resp.status = falcon.HTTP_200

    def _unset(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        self._actions.unset_image(req.context.ctx, one, given["key"])
        resp.status = falcon.HTTP_200

    def _show(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        resp.media = {"metadata": self._volumes.get(req.context.ctx, one).volume.image}
        resp.status = falcon.HTTP_200

    def _reimage(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        requests.since(req, (3, 68))
        reserved = schemas.is_true(given.get("reimage_reserved"))
        self._actions.reimage(req.context.ctx, one, given["image_id"], reserved=reserved)


class Using:
    """What says who uses a volume: the way of clients older than the attachments API."""

    def __init__(self, attachments: Attachments) -> None:
        self._attachments = attachments
        self.handlers: dict[str, tuple[Rule, Handler]] = {
            "os-reserve": (policies.RESERVE, self._plain(attachments.reserve)),
            "os-unreserve": (policies.RESERVE, self._plain(attachments.unreserve)),
            "os-begin_detaching": (policies.DETACHING, self._plain(attachments.begin_detaching)),
            "os-roll_detaching": (policies.DETACHING, self._plain(attachments.roll_detaching)),
            "os-attach": (policies.ATTACH, self._attach),
            "os-detach": (policies.DETACH, self._detach),
            "os-force_detach": (policies.FORCE_DETACH, self._force_detach),
            "os-initialize_connection": (policies.CONNECT, self._initialize),
            "os-terminate_connection": (policies.CONNECT, self._terminate),
        }

    def _plain(self, action: Callable[[RequestContext, str], None]) -> Handler:
        def handler(req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
            action(req.context.ctx, one)

        return handler

    def _attach(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        if bool(given.get("instance_uuid")) == bool(given.get("host_name")):
            raise errors.BadRequest(
                reason="Invalid request to attach volume to an instance and a host: give "
                "instance_uuid or host_name, not both and not none."
            )
        self._attachments.attach(req.context.ctx, one, given)

    def _detach(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        attachment_id = given.get("attachment_id") if isinstance(given, dict) else None
        self._attachments.detach(req.context.ctx, one, attachment_id)

    def _force_detach(
        self, req: falcon.Request, resp: falcon.Response, one: str, given: Any
    ) -> None:
        attachment_id = given.get("attachment_id")
        self._attachments.detach(req.context.ctx, one, attachment_id, force=True)

    def _initialize(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        found = self._attachments.initialize(req.context.ctx, one, given["connector"])
        kind = found.pop("driver_volume_type")
        resp.media = {"connection_info": {"driver_volume_type": kind, "data": found}}
        resp.status = falcon.HTTP_200

    def _terminate(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        self._attachments.terminate(req.context.ctx, one)
