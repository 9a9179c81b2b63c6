"""Snapshots of stacks, and stacks that change hands."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from common.clock import Clock, utcnow
from common.context import RequestContext
from common.db import Database
from orchestration import errors, states
from orchestration.db import engines, resources, snapshots, stacks
from orchestration.db.models import EngineRow, Snapshot, Stack
from orchestration.logic import definitions, records, traversals
from orchestration.logic.definitions import Owner
from orchestration.logic.stacks import Tell


class Snapshots:
    """The snapshots of the stacks of all projects; each seen by its own."""

    def __init__(self, database: Database, tell: Tell, clock: Clock = utcnow) -> None:
        self._database = database
        self._tell = tell
        self._clock = clock

    def list(self, stack: Stack) -> Sequence[Snapshot]:
        """Return a stack's snapshots."""
        with self._database.reading() as session:
            return snapshots.of(session, stack.id)

    def get(self, stack: Stack, snapshot_id: str) -> Snapshot:
        """Return one snapshot.  Raises SnapshotNotFound."""
        with self._database.reading() as session:
            return snapshots.get(session, stack, snapshot_id)

    def take(self, ctx: RequestContext, stack_id: str, name: str | None) -> Snapshot:
        """Begin to take a snapshot.  Raises EntityNotFound, ActionInProgress, StackUnfit."""
        with self._database.transaction() as session:
            stack = self._begun(session, ctx, stack_id, states.SNAPSHOT)
            traversals.go_round(session, stack)
            row = Snapshot(
                id=str(uuid.uuid4()),
                stack_id=stack.id,
                name=name,
                status=states.IN_PROGRESS,
                status_reason="",
                data=records.of(session, stack),
                created_at=self._clock(),
            )
            session.add(row)
        self._tell(ctx, stack_id)
        return row

    def restore(self, ctx: RequestContext, stack_id: str, snapshot_id: str) -> None:
        """Begin to make a stack what it was.

        Raises EntityNotFound, SnapshotNotFound, SnapshotUnfit, ActionInProgress, StackUnfit.
        """
        with self._database.reading() as session:
            stack = stacks.get(session, str(ctx.project_id), stack_id)
            row = snapshots.get(session, stack, snapshot_id)
        if row.status != states.COMPLETE:
            raise errors.SnapshotUnfit(snapshot=snapshot_id, status=row.status)
        body = {key: row.data[key] for key in ("template", "environment", "files")}
        tree = definitions.request(body, Owner(stack.id, stack.name, stack.project_id))
        with self._database.transaction() as session:
            stack = self._begun(session, ctx, stack_id, states.RESTORE)
            now = self._clock()
            traversals.change(session, stack, tree.request, tree.definition, now)
            for node in resources.of(session, stack.id):
                kept = row.data["resources"].get(node.name) or {}
                found = (kept.get("resource_data") or {}).get("snapshot")
                if found and node.goal == states.PRESENT:
                    node.data = {**(node.data or {}), "restore": found}
        self._tell(ctx, stack_id)

    def drop(self, ctx: RequestContext, stack: Stack, snapshot_id: str) -> None:
        """Begin to remove a snapshot.  Raises SnapshotNotFound, ActionInProgress."""
        with self._database.transaction() as session:
            row = snapshots.get(session, stack, snapshot_id)
            if row.status == states.IN_PROGRESS:
                raise errors.ActionInProgress(name=stack.name, action="SNAPSHOT")
            row.status = snapshots.LEAVING
        self._tell(ctx, stack.id)

    def export(self, ctx: RequestContext, stack_id: str) -> dict[str, Any]:
        """Return a stack as somebody else can take it over.  Raises EntityNotFound."""
        with self._database.reading() as session:
            return records.of(session, stacks.get(session, str(ctx.project_id), stack_id))

    def abandon(self, ctx: RequestContext, stack_id: str) -> dict[str, Any]:
        """Forget a stack, leave its resources, and return it as `export` does.

        Raises EntityNotFound, ActionInProgress.
        """
        with self._database.transaction() as session:
            stack = stacks.get(session, str(ctx.project_id), stack_id)
            if stack.status == states.IN_PROGRESS:
                raise errors.ActionInProgress(name=stack.name, action=stack.action)
            found = records.of(session, stack)
            inner = stacks.below(session, stack, definitions.MAX_DEPTH + 1)
            stack = self._begun(session, ctx, stack_id, states.DELETE)
            for one in [stack, *inner]:
                traversals.forget(session, one, self._clock(), last=one is not stack)
        self._tell(ctx, stack_id)
        return found

    def engines(self) -> Sequence[tuple[EngineRow, bool]]:
        """Return the controllers, each with whether it lives."""
        with self._database.reading() as session:
            rows = engines.every(session)
        now = self._clock()
        return [(row, now - row.updated_at < 5 * _seconds(row.interval_s)) for row in rows]

    def _begun(self, session: Any, ctx: RequestContext, stack_id: str, verb: Any) -> Stack:
        stack = stacks.get(session, str(ctx.project_id), stack_id)
        now = self._clock()
        deadline = now + dt.timedelta(minutes=stack.timeout_mins)
        traversals.begin(session, stack, verb, deadline, now)
        return stack


def _seconds(value: float) -> dt.timedelta:
    return dt.timedelta(seconds=max(value, 1.0))
