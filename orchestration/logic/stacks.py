"""What can be done with a stack: each use case is one transaction, then a word to the engine."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from common import paging
from common.clock import Clock, utcnow
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from orchestration import errors, states
from orchestration.clients import Trusts
from orchestration.db import events, resources, stacks
from orchestration.db.models import Event, Resource, Stack
from orchestration.logic import definitions, plans
from orchestration.rpc import contract
from orchestration.templates.definition import Definition, order


@dataclasses.dataclass(frozen=True)
class Preview:
    """What a template would make, without making it."""

    stack: Stack
    resources: list[dict[str, Any]]


class Stacks:
    """The stacks of all projects; each method sees those the caller may see."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        trusts: Trusts,
        *,
        most_per_project: int,
        clock: Clock = utcnow,
    ) -> None:
        self._database = database
        self._bus = bus
        self._trusts = trusts
        self._most = most_per_project
        self._clock = clock

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Stack:
        """Begin to make a stack and return it.

        Raises TemplateInvalid, StackExists, StackQuota.
        """
        stack, definition = self._drafted(ctx, wanted)
        self._check_room(ctx, stack.name)
        stack.trust_id = self._trusts.create(
            str(ctx.token), str(ctx.user_id), str(ctx.project_id), ctx.roles
        )
        try:
            self._insert(ctx, stack, definition)
        except Exception:
            self._trusts.delete(stack.trust_id)
            raise
        self._advance(ctx, stack.id)
        return stack

    def preview(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Preview:
        """Return what `create` would make.  Raises TemplateInvalid."""
        stack, definition = self._drafted(ctx, wanted)
        facts = definitions.RowFacts(stack, [])
        found = [
            {
                "resource_name": name,
                "resource_type": definition.resources[name].type,
                "properties": definition.properties(name, facts),
                "metadata": definition.metadata(name, facts),
                "required_by": sorted(
                    user for user, needs in definition.requires.items() if name in needs
                ),
            }
            for name in order(definition.requires)
        ]
        return Preview(stack=stack, resources=found)

    def list(self, ctx: RequestContext, page: paging.Page, **filters: Any) -> Sequence[Stack]:
        """Return one page of stacks; filters as in db.stacks.list."""
        with self._database.reading() as session:
            found: Sequence[Stack] = stacks.list(session, ctx, page, **filters)
            return found

    def get(self, ctx: RequestContext, name_or_id: str) -> Stack:
        """Return one stack.  Raises StackNotFound."""
        with self._database.reading() as session:
            return stacks.get(session, str(ctx.project_id), name_or_id)

    def update(
        self, ctx: RequestContext, stack_id: str, wanted: Mapping[str, Any], *, keep: bool
    ) -> Stack:
        """Begin to change a stack.

        keep: what the request leaves out stays as it was (PATCH).
        Raises TemplateInvalid, StackNotFound, StackBusy, StackUnfit.
        """
        before = self.get(ctx, stack_id)
        request, definition = self._requested(before, wanted, keep=keep)
        with self._database.transaction() as session:
            stack = stacks.get(session, str(ctx.project_id), stack_id)
            self._begin(session, stack, states.UPDATE, wanted.get("timeout_mins"))
            names = ("template", "environment", "files", "parameters")
            stack.previous = {name: getattr(stack, name) for name in names}
            for name, value in request.to_row().items():
                setattr(stack, name, value)
            if "disable_rollback" in wanted:
                stack.disable_rollback = wanted["disable_rollback"]
            if "tags" in wanted:
                stack.tags = _tags(wanted)
            rows = resources.of(session, stack.id)
            plans.towards(session, stack, rows, definition, self._clock())
        self._advance(ctx, stack.id)
        return stack

    def preview_update(
        self, ctx: RequestContext, stack_id: str, wanted: Mapping[str, Any], *, keep: bool
    ) -> plans.Changes:
        """Return what `update` would do: (name, type) of resources, by kind of change.

        Raises TemplateInvalid, StackNotFound.
        """
        before = self.get(ctx, stack_id)
        _, definition = self._requested(before, wanted, keep=keep)
        with self._database.reading() as session:
            rows = resources.of(session, before.id)
        return plans.changes(before, rows, definition)

    def check(self, ctx: RequestContext, stack_id: str) -> None:
        """Begin to look whether everything is still there.  Raises as `update`."""
        with self._database.transaction() as session:
            stack = stacks.get(session, str(ctx.project_id), stack_id)
            self._begin(session, stack, states.CHECK, None)
            for row in resources.of(session, stack.id):
                if row.goal == states.PRESENT and row.state != states.RUNNING:
                    row.state, row.attempts = states.WAITING, 0
        self._advance(ctx, stack.id)

    def delete(self, ctx: RequestContext, stack_id: str) -> None:
        """Begin to remove a stack; one that is being removed already goes on being removed.

        Raises StackNotFound.
        """
        with self._database.transaction() as session:
            stack = stacks.get(session, str(ctx.project_id), stack_id)
            if stack.deleted_at is not None:
                raise errors.StackNotFound(stack=stack_id)
            if (stack.action, stack.status) != ("DELETE", states.IN_PROGRESS):
                self._begin(session, stack, states.DELETE, None)
                plans.away(resources.of(session, stack.id), keep_retained=True)
        self._advance(ctx, stack.id)

    def resources(self, stack: Stack) -> Sequence[Resource]:
        """Return the resources a stack shows: those wanted, and those still leaving."""
        with self._database.reading() as session:
            rows = resources.of(session, stack.id)
        wanted = {row.name for row in rows if row.goal == states.PRESENT}
        return [row for row in rows if row.goal == states.PRESENT or row.name not in wanted]

    def resource(self, stack: Stack, name: str) -> Resource:
        """Return one resource.  Raises ResourceNotFound."""
        with self._database.reading() as session:
            return resources.current(session, stack, name)

    def metadata(self, stack: Stack, name: str) -> Any:
        """Return the metadata section of one resource; empty for one that is leaving."""
        definition = definitions.of_row(stack)
        if name not in definition.resources:
            return {}
        return definition.metadata(name, definitions.RowFacts(stack, self.resources(stack)))

    def events(self, stack: Stack, **filters: Any) -> Sequence[Event]:
        """Return a stack's events; filters as in db.events.of."""
        with self._database.reading() as session:
            return events.of(session, stack.id, **filters)

    def event(self, stack: Stack, event_id: str) -> Event:
        """Return one event.  Raises EventNotFound."""
        with self._database.reading() as session:
            return events.get(session, stack.id, event_id)

    def outputs(self, stack: Stack) -> Sequence[dict[str, Any]]:
        """Return the outputs with their values; what cannot be computed says why."""
        definition = definitions.of_row(stack)
        return [self._output(stack, definition, name) for name in definition.outputs()]

    def output(self, stack: Stack, name: str) -> dict[str, Any]:
        """Return one output with its value.  Raises OutputNotFound."""
        definition = definitions.of_row(stack)
        if name not in definition.outputs():
            raise errors.OutputNotFound(output=name)
        return self._output(stack, definition, name)

    def _output(self, stack: Stack, definition: Definition, name: str) -> dict[str, Any]:
        entry = definition.template.outputs[name]
        found = {
            "output_key": name,
            "description": entry.get("description", "No description given"),
        }
        facts = definitions.RowFacts(stack, self.resources(stack))
        try:
            return {**found, "output_value": definition.output(name, facts)}
        except errors.TemplateInvalid as error:
            return {**found, "output_value": None, "output_error": str(error)}

    def _requested(
        self, before: Stack, wanted: Mapping[str, Any], *, keep: bool
    ) -> tuple[definitions.Request, Definition]:
        return definitions.request(
            wanted,
            stack_id=before.id,
            stack_name=before.name,
            project_id=before.project_id,
            before=before,
            keep=keep,
        )

    def _drafted(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> tuple[Stack, Definition]:
        stack_id, name = str(uuid.uuid4()), wanted["stack_name"]
        request, definition = definitions.request(
            wanted, stack_id=stack_id, stack_name=name, project_id=str(ctx.project_id)
        )
        now = self._clock()
        timeout_mins = wanted.get("timeout_mins") or 60
        stack = Stack(
            id=stack_id,
            name=name,
            project_id=str(ctx.project_id),
            user_id=str(ctx.user_id),
            user_name=ctx.user_name,
            action=states.CREATE.running,
            status=states.IN_PROGRESS,
            status_reason="Stack CREATE started",
            traversal=str(uuid.uuid4()),
            previous=None,
            tags=_tags(wanted),
            timeout_mins=timeout_mins,
            disable_rollback=wanted.get("disable_rollback", True),
            deadline=now + dt.timedelta(minutes=timeout_mins),
            created_at=now,
            **request.to_row(),
        )
        return stack, definition

    def _check_room(self, ctx: RequestContext, name: str) -> None:
        with self._database.reading() as session:
            if stacks.count(session, str(ctx.project_id)) >= self._most:
                raise errors.StackQuota(limit=self._most)
            try:
                stacks.get(session, str(ctx.project_id), name)
            except errors.StackNotFound:
                return
        raise errors.StackExists(name=name)

    def _insert(self, ctx: RequestContext, stack: Stack, definition: Definition) -> None:
        with self._database.transaction() as session:
            if stacks.count(session, str(ctx.project_id)) >= self._most:
                raise errors.StackQuota(limit=self._most)
            stacks.add(session, stack)
            events.of_stack(session, stack, self._clock())
            plans.towards(session, stack, [], definition, self._clock())

    def _begin(self, session: Any, stack: Stack, verb: Any, timeout_mins: int | None) -> None:
        minutes = timeout_mins or stack.timeout_mins
        deadline = self._clock() + dt.timedelta(minutes=minutes)
        stacks.begin(session, stack, verb, str(uuid.uuid4()), deadline)
        stack.timeout_mins = minutes
        events.of_stack(session, stack, self._clock())

    def _advance(self, ctx: RequestContext, stack_id: str) -> None:
        self._bus.cast(ctx, contract.Advance(stack_id=stack_id))


def _tags(wanted: Mapping[str, Any]) -> list[str]:
    given = wanted.get("tags") or ""
    return [tag.strip() for tag in str(given).split(",") if tag.strip()]
