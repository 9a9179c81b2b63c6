"""What is inside a stack: resources, events, outputs, and the signals that resources get."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from common.clock import Clock, utcnow
from common.context import RequestContext
from common.db import Database
from orchestration import errors, states
from orchestration.db import events, resources, software, stacks
from orchestration.db.models import Event, Resource, Stack
from orchestration.logic import definitions, outputs
from orchestration.logic.home import House, Signer
from orchestration.logic.software import metadata_of
from orchestration.logic.stacks import Tell
from orchestration.templates.definition import NoFacts


@dataclasses.dataclass(frozen=True)
class Shown:
    """A resource with what is around it and in it.

    required_by: names of resources.  around, inside: the stacks, where there are such.
    """

    row: Resource
    stack: Stack
    required_by: Sequence[str]
    around: Resource | None = None
    inside: Stack | None = None


class Parts:
    """The insides of the stacks of all projects."""

    def __init__(
        self,
        database: Database,
        house: House,
        signer: Signer,
        tell: Tell,
        *,
        clock: Clock = utcnow,
    ) -> None:
        self._database = database
        self._house = house
        self._signer = signer
        self._tell = tell
        self._clock = clock

    def resources(self, stack: Stack, depth: int = 0) -> list[Shown]:
        """Return the resources a stack shows, and those of the stacks inside, so many levels."""
        with self._database.reading() as session:
            inner = stacks.below(session, stack, depth) if depth else []
            every = [stack, *inner]
            rows = {one.id: resources.of(session, one.id) for one in every}
            nested = {one.id: stacks.of_nodes(session, one.id) for one in every}
        by_node = {row.id: row for found in rows.values() for row in found}
        return [
            Shown(
                row=row,
                stack=one,
                required_by=_users(rows[one.id], row.name),
                around=by_node.get(str(one.parent_node)),
                inside=nested[one.id].get(row.id),
            )
            for one in every
            for row in _visible(rows[one.id])
        ]

    def resource(self, stack: Stack, name: str) -> Shown:
        """Return one resource.  Raises ResourceNotFound."""
        with self._database.reading() as session:
            row = resources.current(session, stack, name)
            rows = resources.of(session, stack.id)
            inside = stacks.of_node(session, row.id)
            parent = session.get(Resource, stack.parent_node) if stack.parent_node else None
        return Shown(row, stack, _users(rows, name), parent, inside)

    def description(self, stack: Stack, name: str) -> str:
        """Return what the template says that a resource is for."""
        found = (stack.template.get("resources") or {}).get(name)
        return str(found.get("description") or "") if isinstance(found, dict) else ""

    def metadata(self, stack: Stack, name: str) -> Any:
        """Return the metadata of one resource: its section, and deployments for a server."""
        with self._database.reading() as session:
            row = resources.current(session, stack, name)
            rows = resources.of(session, stack.id)
        definition = definitions.of_row(stack)
        if name not in definition.resources:
            return {}
        found = dict(definition.metadata(name, definitions.RowFacts(stack, rows)) or {})
        found |= (row.data or {}).get("metadata") or {}
        if (row.properties or {}).get("user_data_format") == "SOFTWARE_CONFIG" and row.physical_id:
            with self._database.reading() as session:
                deployed = software.on_server(session, stack.project_id, row.physical_id)
            found["deployments"] = metadata_of(deployed)
        return found

    def events(self, stack: Stack, depth: int = 0, **filters: Any) -> Sequence[tuple[Stack, Event]]:
        """Return the events of a stack, and of those inside it; filters as in db.events.of."""
        with self._database.reading() as session:
            inner = stacks.below(session, stack, depth) if depth else []
            by_id = {one.id: one for one in [stack, *inner]}
            found = events.of(session, [*by_id], **filters)
        return [(by_id[row.stack_id], row) for row in found]

    def event(self, stack: Stack, event_id: str) -> Event:
        """Return one event.  Raises EventNotFound."""
        with self._database.reading() as session:
            return events.get(session, stack.id, event_id)

    def outputs(self, stack: Stack) -> Sequence[dict[str, Any]]:
        """Return the outputs with their values; what cannot be computed says why."""
        with self._database.reading() as session:
            rows = resources.of(session, stack.id)
        return outputs.every(stack, rows)

    def output(self, stack: Stack, name: str) -> dict[str, Any]:
        """Return one output with its value.  Raises OutputNotFound."""
        with self._database.reading() as session:
            rows = resources.of(session, stack.id)
        return outputs.one(stack, rows, name)

    def mark(self, stack: Stack, name: str, *, unhealthy: bool, reason: str) -> None:
        """Say that a resource is unwell, so that the next update replaces it, or well again.

        Raises ResourceNotFound, ActionInProgress.
        """
        with self._database.transaction() as session:
            row = resources.current(session, stack, name)
            if stack.status == states.IN_PROGRESS:
                raise errors.ActionInProgress(name=stack.name, action=stack.action)
            if not unhealthy and (row.action, row.status) != ("CHECK", states.FAILED):
                return
            row.action = "CHECK"
            row.status = states.FAILED if unhealthy else states.COMPLETE
            row.state = states.BROKEN if unhealthy else states.DONE
            row.status_reason = reason
            events.of_resource(session, row, self._clock())

    def signal(self, ctx: RequestContext, stack: Stack, name: str, details: Any) -> None:
        """Hand a signal to a resource, or clear the hook that it stands still at.

        Raises ResourceNotFound, SignalUnfit, SignalRefused, HookUnset.
        """
        hook = details.get("unset_hook") if isinstance(details, dict) else None
        if hook is not None:
            self._clear(ctx, stack, name, str(hook))
            return
        with self._database.reading() as session:
            row = resources.current(session, stack, name)
        self._deliver(stack, row, details)

    def signal_signed(self, node_id: str, signature: str, details: Any) -> None:
        """Hand over a signal that comes by a URL that was given out.

        Raises SignatureWrong, EntityNotFound, and as `signal`.
        """
        self._signer.check(node_id, signature)
        with self._database.reading() as session:
            row = session.get(Resource, node_id)
            stack = None if row is None else session.get(Stack, row.stack_id)
        if row is None or stack is None:
            raise errors.EntityNotFound(stack=node_id)
        self._deliver(stack, row, details)

    def _deliver(self, stack: Stack, row: Resource, details: Any) -> None:
        kind = definitions.kind_of(stack, row.name, row.type)
        definition = definitions.of_row(stack)
        policy = (
            definition.update_policy(row.name, NoFacts())
            if row.name in definition.resources
            else {}
        )
        node = definitions.node_of(stack, row, self._house, update_policy=policy)
        reason = kind.signal(node, row.properties or {}, details)
        with self._database.transaction() as session:
            found = session.get(Resource, row.id)
            if found is not None:
                events.of_resource(
                    session, found, self._clock(), action="SIGNAL", status="COMPLETE", reason=reason
                )
        self._house.wake(row.id)

    def _clear(self, ctx: RequestContext, stack: Stack, name: str, hook: str) -> None:
        with self._database.transaction() as session:
            row = resources.current(session, stack, name)
            if not resources.clear(session, row, hook):
                raise errors.HookUnset(hook=hook, resource=name)
            reason = f"Hook {hook} is cleared"
            events.of_resource(session, row, self._clock(), reason=reason)
        self._tell(ctx, stack.id)


def _visible(rows: Sequence[Resource]) -> list[Resource]:
    wanted = {row.name for row in rows if row.goal == states.PRESENT}
    return [row for row in rows if row.goal == states.PRESENT or row.name not in wanted]


def _users(rows: Sequence[Resource], name: str) -> list[str]:
    return sorted({row.name for row in rows if name in row.requires})
