"""One step of one resource: make, change or remove it, and write down what came of it."""

import dataclasses
import datetime as dt
import logging
import threading
from collections.abc import Callable, Set
from typing import Any

from sqlalchemy import orm

from common.clock import Clock
from common.db import Database
from common.errors import CloudError, Unavailable
from orchestration import states
from orchestration.clients import Cloud, CloudRefused, Clouds
from orchestration.db import events, resources, stacks
from orchestration.db.models import Resource, Snapshot, Stack
from orchestration.drivers.base import Node, Replace, ResourceType
from orchestration.drivers.nested import NestedType
from orchestration.errors import ResourceFailed, TemplateInvalid
from orchestration.logic import definitions, plans
from orchestration.logic.home import House

LOG = logging.getLogger(__name__)
LEASE_S = 30.0
RENEW_S = 20.0  # a lease with less left than this is renewed
FIRST_WAIT_S, LONGEST_WAIT_S, GROWTH = 0.05, 2.0, 1.15  # notices an end 15 % of the time too late
CONFLICT_S = 60.0
PARK_S = 5.0  # a resource that waits is looked at so often even without news


@dataclasses.dataclass(frozen=True)
class Job:
    """One step that was claimed.

    action: what it is shown as.  again: whether somebody may have begun it before.
    """

    stack_id: str
    node_id: str
    name: str
    generation: int
    step: str
    action: str
    again: bool


class Lost(Exception):
    """Somebody else has the resource now, or the process is to end."""


class Parked(Exception):
    """The resource waits for news, and its worker is free."""


class Unwanted(Exception):
    """The stack changed its mind while the resource was being made."""


class Work:
    """Carries jobs out.  Safe for many threads."""

    def __init__(self, database: Database, clouds: Clouds, house: House, clock: Clock) -> None:
        self._database = database
        self._house = house
        self._clouds = clouds
        self._clock = clock
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Leave everything as it is; leases run out."""
        self._stopped.set()

    def do(self, job: Job) -> None:
        """Carry one job out; what happened is in its row afterwards."""
        steps = {"create": self._create, "update": self._update, "delete": self._delete}
        with self._database.reading() as session:
            stack = session.get_one(Stack, job.stack_id)
            row = session.get_one(Resource, job.node_id)
        try:
            steps[job.step](job, stack, row)
        except Parked:
            return
        except (Lost, Unwanted):
            self._put_back(job)
        except (ResourceFailed, TemplateInvalid) as error:
            self._fail(job, str(error))
        except CloudError as error:
            self._fail(job, str(error))
        except Exception as error:
            LOG.exception("resource %s of stack %s failed", job.name, job.stack_id)
            self._fail(job, f"An unexpected error occurred ({type(error).__name__}).")

    def refresh(self, stack_id: str) -> None:
        """Show anew the resource that a stack is, when nothing is under way around it."""
        with self._database.reading() as session:
            inner = session.get_one(Stack, stack_id)
            row = session.get(Resource, inner.parent_node) if inner.parent_node else None
            stack = None if row is None else session.get_one(Stack, row.stack_id)
        if row is None or stack is None or row.state != states.DONE or inner.deleted_at:
            return
        kind, wanted, node = self._known(stack, row)
        shown = kind.show(self._cloud(stack), node, wanted)
        with self._database.transaction() as session:
            resources.record(session, row.id, row.generation, attributes=shown)

    def drop_snapshot(self, stack: Stack, row: Snapshot) -> None:
        """Remove what the resources of a stack kept for a snapshot.  Raises CloudError."""
        cloud = self._cloud(stack)
        for name, record in (row.data.get("resources") or {}).items():
            kept = (record.get("resource_data") or {}).get("snapshot")
            if kept:
                kind = definitions.kind_of(stack, name, record["type"])
                kind.drop_snapshot(cloud, kept)

    def _create(self, job: Job, stack: Stack, row: Resource) -> None:
        kind, wanted, node = self._wanted(stack, row)
        cloud = self._cloud(stack)
        if not row.begun:
            self._record(job, properties=wanted)
            adopts = job.action == "ADOPT" and not isinstance(kind, NestedType)
            if adopts and row.physical_id is None:
                raise ResourceFailed(reason="Resource ID was not provided.")
            if adopts or _is_external(row):
                self._retried(job, lambda: kind.check_alive(cloud, node, wanted))
            else:
                node = self._begun(job, kind, cloud, node, wanted)
            self._record(job, begun=True)
        self._complete(job, kind, cloud, node, wanted)

    def _begun(
        self, job: Job, kind: ResourceType, cloud: Cloud, node: Node, wanted: dict[str, Any]
    ) -> Node:
        physical_id = node.physical_id
        if physical_id is None and job.again:
            physical_id = self._retried(job, lambda: kind.find(cloud, node, wanted))
        if physical_id is None:
            physical_id = self._made(job, kind, cloud, node, wanted)
        node = dataclasses.replace(node, physical_id=physical_id)
        self._record(job, physical_id=physical_id)
        self._retried(job, lambda: kind.furnish(cloud, node, wanted))
        return node

    def _made(
        self, job: Job, kind: ResourceType, cloud: Cloud, node: Node, wanted: dict[str, Any]
    ) -> str:
        tried = False

        def make() -> str:
            nonlocal tried
            found = kind.find(cloud, node, wanted) if tried else None
            tried = True
            return found or kind.create(cloud, node, wanted)

        return str(self._retried(job, make))

    def _update(self, job: Job, stack: Stack, row: Resource) -> None:
        acts = {
            "CHECK": self._check,
            "SUSPEND": self._suspend,
            "RESUME": self._resume,
            "SNAPSHOT": self._snapshot,
        }
        if stack.action in acts:
            acts[stack.action](job, stack, row)
            return
        kind, wanted, node = self._wanted(stack, row)
        cloud, old = self._cloud(stack), row.properties or {}
        if not row.begun:
            well = row.status == states.COMPLETE or _is_external(row)
            if well and (_is_external(row) or not kind.differs(node, old, wanted)):
                self._finish(job, quietly=True)
                return
            try:
                self._change(job, stack, kind, cloud, node, old, wanted)
            except Replace:
                self._replace(job, stack)
                return
        self._complete(job, kind, cloud, node, wanted)

    def _change(
        self,
        job: Job,
        stack: Stack,
        kind: ResourceType,
        cloud: Cloud,
        node: Node,
        old: dict[str, Any],
        wanted: dict[str, Any],
    ) -> None:
        forbidden = definitions.environment_of(stack).restrictions(node.name)
        if "update" in forbidden and stack.action == "UPDATE":
            raise ResourceFailed(reason="update is restricted for resource.")
        if not kind.changes_in_place(old, wanted):
            raise Replace
        self._show_begin(job)
        self._retried(job, lambda: kind.update(cloud, node, old, wanted), conflict_s=CONFLICT_S)
        self._record(job, properties=wanted, begun=True)

    def _check(self, job: Job, stack: Stack, row: Resource) -> None:
        kind, wanted, node = self._wanted(stack, row)
        cloud = self._cloud(stack)
        self._begin_once(job, row, lambda: kind.check_alive(cloud, node, wanted))
        self._complete(job, kind, cloud, node, wanted)

    def _suspend(self, job: Job, stack: Stack, row: Resource) -> None:
        kind, _, node = self._known(stack, row)
        cloud = self._cloud(stack)
        self._begin_once(job, row, lambda: kind.suspend(cloud, node))
        self._until(job, kind, lambda: kind.suspended(cloud, node))
        self._finish(job)

    def _resume(self, job: Job, stack: Stack, row: Resource) -> None:
        kind, wanted, node = self._known(stack, row)
        cloud = self._cloud(stack)
        self._begin_once(job, row, lambda: kind.resume(cloud, node))
        self._complete(job, kind, cloud, node, wanted)

    def _snapshot(self, job: Job, stack: Stack, row: Resource) -> None:
        kind, _, node = self._known(stack, row)
        cloud = self._cloud(stack)

        def keep() -> None:
            kept = kind.snapshot(cloud, node)
            node.home.remember(node, snapshot=kept)

        self._begin_once(job, row, keep)
        kept = node.home.data(node.id).get("snapshot") or {}
        self._until(job, kind, lambda: kind.snapshot_ready(cloud, node, kept))
        self._finish(job)

    def _begin_once(self, job: Job, row: Resource, call: Callable[[], object]) -> None:
        if not row.begun:
            self._show_begin(job)
            self._retried(job, call)
            self._record(job, begun=True)

    def _show_begin(self, job: Job) -> None:
        with self._database.transaction() as session:
            row = session.get(Resource, job.node_id)
            if row is None or row.generation != job.generation:
                raise Lost
            if (row.action, row.status) == (job.action, states.IN_PROGRESS):
                return
            row.action, row.status = job.action, states.IN_PROGRESS
            row.status_reason = "state changed"
            events.of_resource(session, row, self._clock())

    def _delete(self, job: Job, stack: Stack, row: Resource) -> None:
        if not row.retain:
            kind, wanted, node = self._known(stack, row)
            cloud = self._cloud(stack)
            if node.physical_id is None and row.properties is not None:
                found = self._retried(job, lambda: kind.find(cloud, node, wanted))
                node = dataclasses.replace(node, physical_id=found)
            if node.physical_id is not None:
                self._remove(job, row, kind, cloud, node, wanted)
        hooks = definitions.environment_of(stack).hooks(row.name)
        with self._database.transaction() as session:
            gone = session.get(Resource, job.node_id)
            if gone is None or gone.generation != job.generation:
                return
            if self._halts(session, gone, hooks, "post-delete"):
                gone.state, gone.begun = states.WAITING, False
                return
            gone.status, gone.status_reason = states.COMPLETE, "state changed"
            events.of_resource(session, gone, self._clock())
            resources.remove(session, job.node_id, job.generation)

    def _remove(
        self,
        job: Job,
        row: Resource,
        kind: ResourceType,
        cloud: Cloud,
        node: Node,
        wanted: dict[str, Any],
    ) -> None:
        if not row.begun:
            self._retried(job, lambda: kind.delete(cloud, node, wanted), conflict_s=CONFLICT_S)
            self._record(job, begun=True)
        self._until(job, kind, lambda: kind.gone(cloud, node), absent=True)

    def _complete(
        self, job: Job, kind: ResourceType, cloud: Cloud, node: Node, wanted: dict[str, Any]
    ) -> None:
        self._until(job, kind, lambda: kind.ready(cloud, node))
        shown = self._retried(job, lambda: kind.show(cloud, node, wanted))
        self._finish(job, attributes=shown)

    def _wanted(self, stack: Stack, row: Resource) -> tuple[ResourceType, dict[str, Any], Node]:
        """Return what a resource is to be by its definition."""
        with self._database.reading() as session:
            rows = resources.of(session, stack.id)
        definition = definitions.of_row(stack)
        facts = definitions.RowFacts(stack, rows)
        kind = definitions.kind_of(stack, row.name, row.type)
        found = definition.properties(row.name, facts)
        wanted = kind.check(f"resources.{row.name}.properties", found, complete=True)
        node = definitions.node_of(
            stack,
            row,
            self._house,
            update_policy=definition.update_policy(row.name, facts),
            metadata=definition.metadata(row.name, facts),
        )
        return kind, wanted, node

    def _known(self, stack: Stack, row: Resource) -> tuple[ResourceType, dict[str, Any], Node]:
        """Return what a resource was made by."""
        kind = definitions.kind_of(stack, row.name, row.type)
        return kind, row.properties or {}, definitions.node_of(stack, row, self._house)

    def _cloud(self, stack: Stack) -> Cloud:
        with self._database.reading() as session:
            trust_id = stacks.trust_of(session, stack)
        if trust_id is None:
            raise ResourceFailed(reason="The trust of the stack's owner has ended.")
        return self._clouds.of(trust_id)

    def _retried(self, job: Job, call: Any, conflict_s: float = 0.0) -> Any:
        """Make one call, again while the service does not answer, or says 409 for conflict_s."""
        wait_s, waited_s = FIRST_WAIT_S, 0.0
        while True:
            try:
                return call()
            except CloudRefused as error:
                if error.facts["status_code"] != 409 or waited_s >= conflict_s:
                    raise
            except Unavailable as error:
                LOG.info("resource %s of stack %s: %s", job.name, job.stack_id, error)
            self._pause(job, wait_s, absent=job.step == "delete")
            waited_s += wait_s
            wait_s = min(wait_s * GROWTH, LONGEST_WAIT_S)

    def _until(self, job: Job, kind: ResourceType, done: Any, *, absent: bool = False) -> None:
        """Wait, by standing by or by letting go until there is news.  Raises Parked."""
        while kind.waits:
            news = self._news(job)
            if self._retried(job, done):
                return
            if self._park(job, news):
                raise Parked
        wait_s = FIRST_WAIT_S
        while not self._retried(job, done):
            self._pause(job, wait_s, absent=absent)
            wait_s = min(wait_s * GROWTH, LONGEST_WAIT_S)

    def _news(self, job: Job) -> int:
        with self._database.reading() as session:
            row = session.get(Resource, job.node_id)
        if row is None or row.generation != job.generation:
            raise Lost
        return row.news

    def _park(self, job: Job, news: int) -> bool:
        until = self._clock() + dt.timedelta(seconds=PARK_S)
        with self._database.transaction() as session:
            ours = (job.node_id, job.generation, news)
            return resources.park(session, *ours, lease_until=until, attempts=1)

    def _pause(self, job: Job, wait_s: float, *, absent: bool) -> None:
        """Wait, show a sign of life, and leave when the resource is somebody else's.

        Raises Lost, Unwanted.
        """
        if self._stopped.wait(wait_s):
            raise Lost
        with self._database.reading() as session:
            row = session.get(Resource, job.node_id)
        if row is None or row.generation != job.generation:
            raise Lost
        if row.goal == states.ABSENT and not absent:
            raise Unwanted
        now = self._clock()
        if row.lease_until is None or row.lease_until < now + dt.timedelta(seconds=RENEW_S):
            self._record(job, lease_until=now + dt.timedelta(seconds=LEASE_S))

    def _record(self, job: Job, **values: Any) -> None:
        with self._database.transaction() as session:
            if not resources.record(session, job.node_id, job.generation, **values):
                raise Lost

    def _finish(self, job: Job, *, quietly: bool = False, **values: Any) -> None:
        with self._database.transaction() as session:
            row = session.get(Resource, job.node_id)
            if row is None or row.generation != job.generation:
                return
            row.state = states.DONE if row.goal == states.PRESENT else states.WAITING
            row.attempts, row.begun, row.began_at = 0, False, None
            for key, value in values.items():
                setattr(row, key, value)
            if quietly:
                return
            row.status, row.status_reason = states.COMPLETE, "state changed"
            row.updated_at = self._clock()
            events.of_resource(session, row, self._clock())
            hooks = definitions.environment_of(session.get_one(Stack, job.stack_id)).hooks(row.name)
            if row.state == states.DONE and self._halts(session, row, hooks, f"post-{job.step}"):
                row.state = states.WAITING

    def _halts(self, session: orm.Session, row: Resource, hooks: Set[str], hook: str) -> bool:
        """Let a resource stand still after its step if its environment says so."""
        if hook not in hooks or hook in (row.cleared or []):
            return False
        row.hook = hook
        action = hook.partition("-")[2].upper()
        reason = f"{action} paused until Hook {hook} is cleared"
        events.of_resource(session, row, self._clock(), reason=reason)
        return True

    def _fail(self, job: Job, reason: str) -> None:
        LOG.info("resource %s of stack %s failed: %s", job.name, job.stack_id, reason)
        with self._database.transaction() as session:
            row = session.get(Resource, job.node_id)
            if row is None or row.generation != job.generation:
                return
            unwanted = row.goal == states.ABSENT and job.step != "delete"
            row.state = states.WAITING if unwanted else states.BROKEN
            row.action, row.status, row.status_reason = job.action, states.FAILED, reason
            row.begun, row.began_at = False, None
            events.of_resource(session, row, self._clock())

    def _put_back(self, job: Job) -> None:
        with self._database.transaction() as session:
            values = {"state": states.WAITING, "lease_until": None, "begun": False}
            resources.record(session, job.node_id, job.generation, **values)

    def _replace(self, job: Job, stack: Stack) -> None:
        forbidden = definitions.environment_of(stack).restrictions(job.name)
        if forbidden and stack.action == "UPDATE":
            raise ResourceFailed(reason="replace is restricted for resource.")
        with self._database.transaction() as session:
            row = session.get_one(Resource, job.node_id)
            stack = session.get_one(Stack, job.stack_id)
            if row.generation != job.generation:
                return
            row.goal, row.state, row.began_at = states.ABSENT, states.WAITING, None
            definition = definitions.of_row(stack)
            now = self._clock()
            session.add(plans.new_node(stack, definition, row.name, now, row.type))


def _is_external(row: Resource) -> bool:
    """Say whether something else made what the resource stands for."""
    return bool((row.data or {}).get("external_id"))
