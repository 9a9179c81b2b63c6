"""One step of one resource: make, change or remove it, and write down what came of it."""

import dataclasses
import datetime as dt
import logging
import threading
from typing import Any

from common.clock import Clock
from common.db import Database
from common.errors import CloudError, Unavailable
from orchestration import states
from orchestration.clients import Cloud, CloudRefused, Clouds
from orchestration.db import events, resources
from orchestration.db.models import Resource, Stack
from orchestration.drivers.base import Node, Replace, ResourceType
from orchestration.errors import ResourceFailed, TemplateInvalid
from orchestration.logic import definitions, plans

LOG = logging.getLogger(__name__)
LEASE_S = 30.0
RENEW_S = 20.0  # a lease with less left than this is renewed
FIRST_WAIT_S, LONGEST_WAIT_S, GROWTH = 0.05, 2.0, 1.15  # notices an end 15 % of the time too late
CONFLICT_S = 60.0


@dataclasses.dataclass(frozen=True)
class Job:
    """One step that was claimed.  again: whether somebody may have begun it before."""

    stack_id: str
    node_id: str
    name: str
    generation: int
    step: str
    again: bool


class Lost(Exception):
    """Somebody else has the resource now, or the process is to end."""


class Unwanted(Exception):
    """The stack changed its mind while the resource was being made."""


class Work:
    """Carries jobs out.  Safe for many threads."""

    def __init__(self, database: Database, clouds: Clouds, clock: Clock) -> None:
        self._database = database
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
        except (Lost, Unwanted):
            self._put_back(job)
        except (ResourceFailed, TemplateInvalid) as error:
            self._fail(job, str(error))
        except CloudError as error:
            self._fail(job, str(error))
        except Exception as error:
            LOG.exception("resource %s of stack %s failed", job.name, job.stack_id)
            self._fail(job, f"An unexpected error occurred ({type(error).__name__}).")

    def _create(self, job: Job, stack: Stack, row: Resource) -> None:
        kind, wanted = self._wanted(stack, row)
        self._record(job, properties=wanted)
        cloud, node = self._cloud(stack), definitions.node_of(stack, row)
        physical_id = row.physical_id
        if physical_id is None and job.again:
            physical_id = self._retried(job, lambda: kind.find(cloud, node, wanted))
        if physical_id is None:
            physical_id = self._made(job, kind, cloud, node, wanted)
        node = dataclasses.replace(node, physical_id=physical_id)
        self._record(job, physical_id=physical_id)
        self._retried(job, lambda: kind.furnish(cloud, node, wanted))
        self._complete(job, kind, cloud, node, wanted)

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
        kind, wanted = self._wanted(stack, row)
        old = row.properties or {}
        cloud, node = self._cloud(stack), definitions.node_of(stack, row)
        if stack.action == "CHECK":
            self._retried(job, lambda: kind.show(cloud, node, wanted))
        elif old != wanted:
            try:
                if not kind.changes_in_place(old, wanted):
                    raise Replace
                self._retried(job, lambda: kind.update(cloud, node, old, wanted))
            except Replace:
                self._replace(job)
                return
            self._record(job, properties=wanted)
        else:
            self._finish(job, quietly=True)
            return
        self._complete(job, kind, cloud, node, wanted)

    def _delete(self, job: Job, stack: Stack, row: Resource) -> None:
        kind = definitions.kind_of(stack, row.type)
        node, wanted = definitions.node_of(stack, row), row.properties or {}
        if not row.retain:
            cloud = self._cloud(stack)
            if node.physical_id is None and row.properties is not None:
                found = self._retried(job, lambda: kind.find(cloud, node, wanted))
                node = dataclasses.replace(node, physical_id=found)
            if node.physical_id is not None:
                self._retried(job, lambda: kind.delete(cloud, node, wanted), conflict_s=CONFLICT_S)
                self._until(job, lambda: kind.gone(cloud, node), absent=True)
        with self._database.transaction() as session:
            gone = session.get(Resource, job.node_id)
            if gone is None or gone.generation != job.generation:
                return
            gone.status, gone.status_reason = states.COMPLETE, "state changed"
            events.of_resource(session, gone, self._clock())
            resources.remove(session, job.node_id, job.generation)

    def _complete(
        self, job: Job, kind: ResourceType, cloud: Cloud, node: Node, wanted: dict[str, Any]
    ) -> None:
        self._until(job, lambda: kind.ready(cloud, node))
        shown = self._retried(job, lambda: kind.show(cloud, node, wanted))
        self._finish(job, attributes=shown)

    def _wanted(self, stack: Stack, row: Resource) -> tuple[ResourceType, dict[str, Any]]:
        with self._database.reading() as session:
            rows = resources.of(session, stack.id)
        definition = definitions.of_row(stack)
        kind = definitions.kind_of(stack, row.type)
        facts = definitions.RowFacts(stack, rows)
        found = definition.properties(row.name, facts)
        where = f"resources.{row.name}.properties"
        return kind, kind.check(where, found, complete=True)

    def _cloud(self, stack: Stack) -> Cloud:
        if stack.trust_id is None:
            raise ResourceFailed(reason="The trust of the stack's owner has ended.")
        return self._clouds.of(stack.trust_id)

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

    def _until(self, job: Job, done: Any, *, absent: bool = False) -> None:
        wait_s = FIRST_WAIT_S
        while not self._retried(job, done):
            self._pause(job, wait_s, absent=absent)
            wait_s = min(wait_s * GROWTH, LONGEST_WAIT_S)

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
            row.status, row.status_reason = states.COMPLETE, "state changed"
            row.updated_at = self._clock()
            row.attempts = 0
            for key, value in values.items():
                setattr(row, key, value)
            if not quietly:
                events.of_resource(session, row, self._clock())

    def _fail(self, job: Job, reason: str) -> None:
        LOG.info("resource %s of stack %s failed: %s", job.name, job.stack_id, reason)
        with self._database.transaction() as session:
            row = session.get(Resource, job.node_id)
            if row is None or row.generation != job.generation:
                return
            unwanted = row.goal == states.ABSENT and job.step != "delete"
            row.state = states.WAITING if unwanted else states.BROKEN
            row.status, row.status_reason = states.FAILED, reason
            events.of_resource(session, row, self._clock())

    def _put_back(self, job: Job) -> None:
        with self._database.transaction() as session:
            values = {"state": states.WAITING, "lease_until": None}
            resources.record(session, job.node_id, job.generation, **values)

    def _replace(self, job: Job) -> None:
        with self._database.transaction() as session:
            row = session.get_one(Resource, job.node_id)
            stack = session.get_one(Stack, job.stack_id)
            if row.generation != job.generation:
                return
            row.goal, row.state = states.ABSENT, states.WAITING
            definition = definitions.of_row(stack)
            now = self._clock()
            session.add(plans.new_node(stack, definition, row.name, now, row.type))
