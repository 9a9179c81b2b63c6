"""Takes ready resources of a stack, has them worked on, and ends what has come to an end."""

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import orm

from common.clock import Clock, utcnow
from common.context import RequestContext
from common.db import Database
from common.errors import CloudError
from common.messages import handles
from orchestration import states
from orchestration.clients import Clouds, Trusts
from orchestration.controller import graph, holders
from orchestration.controller.work import LEASE_S, Job, Work
from orchestration.db import engines, events, resources, snapshots, software, stacks
from orchestration.db.models import Resource, Stack
from orchestration.logic import definitions, records, traversals
from orchestration.logic.home import House, Signer
from orchestration.rpc import contract
from orchestration.templates.environment import Environment

LOG = logging.getLogger(__name__)
BEAT_S = 15.0  # how often a controller says that it lives
SETTLE_S = 2.0  # what a process had just asked of a service when it died is done by then


class Engine:
    """One of any number; each may die at any time.

    tell: asks for a stack to be looked at again, here or elsewhere.  host: where it runs.
    """

    def __init__(
        self,
        database: Database,
        clouds: Clouds,
        trusts: Trusts,
        tell: Callable[[str], object],
        *,
        host: str,
        signer: Signer,
        threads: int = 16,
        clock: Clock = utcnow,
    ) -> None:
        self._host = host
        self._id = str(uuid.uuid4())
        self._beaten: dt.datetime | None = None
        self._holder = holders.mine(host)
        self._database = database
        self._trusts = trusts
        self._clouds = clouds
        self._clock = clock
        self._tell = tell
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="resource")
        self._work = Work(database, clouds, House(database, tell, signer, clock), clock)

    def stop(self) -> None:
        """End soon; what is under way is taken up again by whoever comes next."""
        self._work.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    @handles(contract.Advance)
    def advance(self, ctx: RequestContext, order: contract.Advance) -> None:
        """Look at one stack."""
        self.push(order.stack_id)

    def sweep(self) -> None:
        """Look at every stack under way, and end the trusts of those that are gone."""
        self._beat()
        self._succeed()
        with self._database.reading() as session:
            found = stacks.under_way(session)
            orphaned = stacks.gone_with_trust(session)
            leaving = snapshots.leaving(session)
        for stack_id in {*found, *leaving}:
            self.push(stack_id)
        for stack_id, trust_id in orphaned:
            self._end_trust(stack_id, trust_id)

    def _beat(self) -> None:
        now = self._clock()
        if self._beaten is not None and now - self._beaten < dt.timedelta(seconds=BEAT_S):
            return
        self._beaten = now
        with self._database.transaction() as session:
            engines.beat(session, self._id, self._host, BEAT_S, now)

    def _succeed(self) -> None:
        """Take what dead processes of this host worked on, sooner than their leases end."""
        with self._database.reading() as session:
            found = resources.holders(session)
        for holder in found:
            if holder != self._holder and holders.is_dead(holder, self._host):
                until = self._clock() + dt.timedelta(seconds=SETTLE_S)
                with self._database.transaction() as session:
                    first = resources.shorten(session, holder, until)
                if first:
                    LOG.warning("controller %s is dead; what it worked on is taken over", holder)

    def push(self, stack_id: str) -> None:
        """Give ready resources to the workers, or end the stack's action."""
        now = self._clock()
        jobs: list[Job] = []
        around: str | None = None
        with self._database.transaction() as session:
            stack = session.get(Stack, stack_id)
            if stack is None or stack.status != states.IN_PROGRESS:
                self._drop_later(session, stack)
                return
            rows = resources.of(session, stack_id)
            if stack.deadline is not None and stack.deadline < now:
                self._expire(session, stack, rows, now)
            hooks = definitions.environment_of(stack) if stack.environment else None
            for row in graph.ready(rows, now, backwards=stack.action == "SUSPEND"):
                if hooks is not None and self._halts(session, stack, row, hooks, now):
                    continue
                job = self._take(session, stack, row, now)
                if job is not None:
                    jobs.append(job)
            ended = None if jobs else graph.outcome(rows)
            drops = bool(snapshots.to_drop(session, stack))
            if drops and stack.action == "DELETE":
                ended = None
            if ended is not None:
                self._end(session, stack, rows, ended, now)
                around = stack.parent_id if stack.status != states.IN_PROGRESS else None
            again = ended is not None and stack.status == states.IN_PROGRESS
            trust_id = None
            if stack.deleted_at is not None and stack.trust_id is not None:
                orphaned = dict(stacks.gone_with_trust(session))
                trust_id = orphaned.get(stack_id)
        for job in jobs:
            self._pool.submit(self._carry_out, job)
        if drops and not jobs:
            self._pool.submit(self._drop_snapshots, stack_id)
        if again:
            self._tell(stack_id)
        if around:
            self._tell(around)
            self._pool.submit(self._refresh, stack_id)
        if trust_id:
            self._end_trust(stack_id, trust_id)

    def _refresh(self, stack_id: str) -> None:
        """Let the resource around a stack that changed by itself show what it has become."""
        try:
            self._work.refresh(stack_id)
        except CloudError as error:
            LOG.warning("the resource around stack %s: %s", stack_id, error)

    def _drop_later(self, session: orm.Session, stack: Stack | None) -> None:
        if stack is not None and snapshots.to_drop(session, stack):
            self._pool.submit(self._drop_snapshots, stack.id)

    def _drop_snapshots(self, stack_id: str) -> None:
        """Remove a stack's snapshots that are to go, with what resources kept for them."""
        with self._database.reading() as session:
            stack = session.get_one(Stack, stack_id)
            rows = snapshots.to_drop(session, stack)
        for row in rows:
            try:
                self._work.drop_snapshot(stack, row)
            except CloudError as error:
                LOG.warning("snapshot %s of stack %s: %s; tried again", row.id, stack_id, error)
                return
            with self._database.transaction() as session:
                snapshots.remove(session, row.id)
        if rows:
            self.push(stack_id)

    def _carry_out(self, job: Job) -> None:
        try:
            self._work.do(job)
        except Exception:
            LOG.exception("resource %s of stack %s: the worker failed", job.name, job.stack_id)
        finally:
            try:
                self.push(job.stack_id)
            except CloudError as error:
                LOG.warning("stack %s is looked at again by the sweep: %s", job.stack_id, error)

    def _halts(
        self,
        session: orm.Session,
        stack: Stack,
        row: Resource,
        environment: Environment,
        now: dt.datetime,
    ) -> bool:
        """Let a resource stand still if its environment says so; say whether it does."""
        step = _step(row)
        acts = stack.action in TURNS or step == "delete"
        hook = f"pre-{step}"
        if row.state != states.WAITING or not acts or hook in (row.cleared or []):
            return False
        if hook not in environment.hooks(row.name):
            return False
        if resources.halt(session, row, hook):
            reason = f"{step.upper()} paused until Hook {hook} is cleared"
            events.of_resource(session, row, now, reason=reason)
        return True

    def _take(
        self, session: orm.Session, stack: Stack, row: Resource, now: dt.datetime
    ) -> Job | None:
        step, first = _step(row), row.state == states.WAITING
        action = _action(stack, step)
        until = now + dt.timedelta(seconds=LEASE_S)
        shown = None if step == "update" else action
        began_at = row.began_at or now
        if not resources.claim(session, row, shown, until, self._holder, began_at):
            return None
        if step != "update" and first:
            events.of_resource(session, row, now)
        return Job(
            stack_id=stack.id,
            node_id=row.id,
            name=row.name,
            generation=row.generation,
            step=step,
            action=action,
            again=row.attempts > 1,
        )

    def _expire(
        self, session: orm.Session, stack: Stack, rows: Sequence[Resource], now: dt.datetime
    ) -> None:
        for row in rows:
            if row.state != states.DONE:
                row.state = states.BROKEN
                row.status = states.FAILED
                row.action = stack.action if row.action == "INIT" else row.action
                row.status_reason = f"{stack.action.capitalize()} timed out"
                row.generation += 1
                row.hook = None
        late = [row.id for row in rows if row.state == states.BROKEN]
        software.give_up(session, late, "Timed out.")
        session.flush()

    def _end(
        self,
        session: orm.Session,
        stack: Stack,
        rows: Sequence[Resource],
        ended: tuple[str, str],
        now: dt.datetime,
    ) -> None:
        status, reason = ended
        words = f"Stack {stack.action} completed successfully"
        if not stacks.finish(session, stack, status, reason or words, now):
            return
        session.refresh(stack)
        events.of_stack(session, stack, now)
        if stack.action == "SNAPSHOT":
            self._keep(session, stack, status, reason)
        if stack.parent_node is not None:
            resources.wake(session, stack.parent_node, now)
        LOG.info("stack %s: %s_%s %s", stack.id, stack.action, status, reason)
        if status == states.FAILED and not stack.disable_rollback:
            traversals.roll_back(session, stack, rows, now)

    def _keep(self, session: orm.Session, stack: Stack, status: str, reason: str) -> None:
        for row in snapshots.taken(session, stack.id):
            row.data = {**records.of(session, stack), "status": status}
            row.status, row.status_reason = (
                status,
                reason or "Stack SNAPSHOT completed successfully",
            )

    def _end_trust(self, stack_id: str, trust_id: str) -> None:
        try:
            self._trusts.delete(trust_id)
        except CloudError as error:
            LOG.warning("trust %s of stack %s: %s; tried again later", trust_id, stack_id, error)
            return
        self._clouds.forget(trust_id)
        with self._database.transaction() as session:
            stack = session.get_one(Stack, stack_id)
            stack.trust_id = None


TURNS = {
    "CREATE": "CREATE",
    "UPDATE": "UPDATE",
    "ROLLBACK": "UPDATE",
    "RESTORE": "UPDATE",
}
"""Actions of a stack in which resources are made and changed, and what a change is called then."""


def _action(stack: Stack, step: str) -> str:
    """Return the action that a resource shows."""
    if step == "delete":
        return "DELETE"
    if step == "create":
        return "ADOPT" if stack.action == "ADOPT" else "CREATE"
    return TURNS.get(stack.action, stack.action)


def _step(row: Resource) -> str:
    if row.goal == states.ABSENT:
        return "delete"
    return "update" if traversals.is_made(row) else "create"
