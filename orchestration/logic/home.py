"""What orchestration offers to its own resource types, as transactions on its database."""

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import orm

from common.clock import Clock, utcnow
from common.db import Database
from orchestration import errors, states
from orchestration.clients import CloudUnreachable
from orchestration.db import resources, software, stacks
from orchestration.db.models import Resource, SoftwareConfig, SoftwareDeployment, Stack
from orchestration.drivers.base import Nested, Node
from orchestration.drivers.home import Home, Member, Progress
from orchestration.logic import definitions, outputs, plans, records, traversals
from orchestration.logic.definitions import Owner, Request
from orchestration.templates.definition import Definition

VERBS = {"CHECK": states.CHECK, "SUSPEND": states.SUSPEND, "RESUME": states.RESUME}


class Signer:
    """Gives out URLs by which a resource is signalled without a token, and knows them again.

    base: scheme, host and port that guests reach.  key: what signatures are made with.
    """

    def __init__(self, base: str, key: bytes) -> None:
        self._base = base.rstrip("/")
        self._key = key

    def url(self, node_id: str) -> str:
        """Return the URL for a resource's row."""
        return f"{self._base}/v1/signal/{node_id}?Signature={self._signature(node_id)}"

    def check(self, node_id: str, signature: str) -> None:
        """Return when the signature is ours.  Raises SignatureWrong."""
        if not hmac.compare_digest(self._signature(node_id).encode(), signature.encode()):
            raise errors.SignatureWrong

    def _signature(self, node_id: str) -> str:
        return hmac.new(self._key, f"signal/{node_id}".encode(), hashlib.sha256).hexdigest()


class House(Home):
    """tell: asks for a stack to be looked at."""

    def __init__(
        self,
        database: Database,
        tell: Callable[[str], object],
        signer: Signer,
        clock: Clock = utcnow,
    ) -> None:
        self._database = database
        self._tell = tell
        self._signer = signer
        self._clock = clock

    def now(self) -> dt.datetime:
        return self._clock()

    def nest(self, node: Node, nested: Nested) -> str:
        with self._database.transaction() as session:
            found = stacks.of_node(session, node.id)
            if found is None:
                found = self._insert(session, node, nested)
            stack_id = found.id
        self._tell(stack_id)
        return stack_id

    def _insert(self, session: orm.Session, node: Node, nested: Nested) -> Stack:
        around = session.get_one(Stack, node.stack_id)
        stack_id = str(uuid.uuid4())
        name = plans.nested_name(around.name, node.name)
        owner = Owner(stack_id, name, around.project_id)
        request, parsed = definitions.inside(
            definitions.request_of(around), owner, node.name, nested
        )
        definition = Definition(parsed, request.parameters, request.files)
        now = self._clock()
        stack = traversals.row_of(
            stack_id,
            name,
            request,
            project_id=around.project_id,
            user_id=around.user_id,
            user_name=around.user_name,
            tags=around.tags,
            timeout_mins=around.timeout_mins,
            disable_rollback=True,
            deadline=around.deadline,
            created_at=now,
            parent_id=around.id,
            parent_node=node.id,
            root_id=around.root_id or around.id,
            depth=around.depth + 1,
            ordered_by=around.traversal,
        )
        stacks.add(session, stack)
        traversals.begun(session, stack, now)
        plans.towards(session, stack, [], definition, now)
        if node.data.get("adopt"):
            stack.action = states.ADOPT.running
            records.adopt(session, stack, node.data["adopt"])
        return stack

    def nested_of(self, node: Node) -> str | None:
        with self._database.reading() as session:
            found = stacks.of_node(session, node.id)
            return None if found is None else found.id

    def renest(self, node: Node, nested: Nested) -> None:
        with self._database.transaction() as session:
            stack = self._inside(session, node)
            around = session.get_one(Stack, node.stack_id)
            ordered = f"{around.traversal}:{around.action}"
            if stack.ordered_by == ordered and around.status == states.IN_PROGRESS:
                return
            self._check_idle(stack)
            request, definition = self._request(around, stack, node, nested)
            deadline = around.deadline or self._clock() + dt.timedelta(minutes=stack.timeout_mins)
            traversals.begin(session, stack, states.UPDATE, deadline, self._clock())
            stack.ordered_by = ordered
            traversals.change(session, stack, request, definition, self._clock())
        self._tell(stack.id)

    def _inside(self, session: orm.Session, node: Node) -> Stack:
        stack = stacks.of_node(session, node.id)
        if stack is None:
            raise errors.ResourceFailed(reason=f"The stack of resource {node.name} is gone.")
        return stack

    def _check_idle(self, stack: Stack) -> None:
        if stack.status == states.IN_PROGRESS:
            reason = f"stack {stack.name} already has an action ({stack.action}) in progress"
            raise CloudUnreachable(service="orchestration", reason=reason)

    def _request(
        self, around: Stack, stack: Stack, node: Node, nested: Nested
    ) -> tuple[Request, Definition]:
        owner = Owner(stack.id, stack.name, stack.project_id)
        request, parsed = definitions.inside(
            definitions.request_of(around), owner, node.name, nested
        )
        return request, Definition(parsed, request.parameters, request.files)

    def differs(self, node: Node, nested: Nested) -> bool:
        with self._database.reading() as session:
            stack = self._inside(session, node)
            around = session.get_one(Stack, node.stack_id)
        if stack.status != states.COMPLETE or stack.action == "DELETE":
            return True
        request, _ = self._request(around, stack, node, nested)
        return any(getattr(stack, key) != value for key, value in request.to_row().items())

    def unnest(self, node: Node) -> None:
        with self._database.transaction() as session:
            stack = stacks.of_node(session, node.id)
            if stack is None:
                return
            around = session.get_one(Stack, node.stack_id)
            if (stack.action, stack.status) != ("DELETE", states.IN_PROGRESS):
                traversals.begin(session, stack, states.DELETE, around.deadline, self._clock())
                traversals.go_away(session, stack, keep_retained=around.action != "ROLLBACK")
            stack_id = stack.id
        self._tell(stack_id)

    def act(self, node: Node, action: str) -> None:
        with self._database.transaction() as session:
            stack = self._inside(session, node)
            around = session.get_one(Stack, node.stack_id)
            ordered = f"{around.traversal}:{action}"
            awake = action == "RESUME" and stack.action not in ("SUSPEND", "RESUME")
            if stack.ordered_by == ordered or awake:
                return
            self._check_idle(stack)
            traversals.begin(session, stack, VERBS[action], around.deadline, self._clock())
            stack.ordered_by = ordered
            traversals.go_round(session, stack)
        self._tell(stack.id)

    def progress(self, node: Node) -> Progress | None:
        with self._database.reading() as session:
            stack = stacks.of_node(session, node.id)
        if stack is None:
            return None
        return Progress(stack.action, stack.status, stack.status_reason)

    def outputs(self, node: Node) -> Sequence[Mapping[str, Any]]:
        with self._database.reading() as session:
            stack = stacks.of_node(session, node.id)
            return [] if stack is None else outputs.every(stack, resources.of(session, stack.id))

    def members(self, node: Node) -> Sequence[Member]:
        with self._database.reading() as session:
            stack = stacks.of_node(session, node.id)
            rows = [] if stack is None else resources.of(session, stack.id)
        if stack is None:
            return []
        wanted = [row for row in rows if row.goal == states.PRESENT and row.physical_id]
        return [self._member(stack, row) for row in wanted]

    def _member(self, stack: Stack, row: Resource) -> Member:
        kind = definitions.kind_of(stack, row.name, row.type)
        node = definitions.node_of(stack, row, self)
        return Member(
            name=row.name,
            type=row.type,
            reference=kind.reference(node, row.properties or {}),
            attributes=row.attributes or {},
            status=f"{row.action}_{row.status}",
            created_at=row.created_at,
        )

    def data(self, node_id: str) -> Mapping[str, Any]:
        with self._database.reading() as session:
            row = session.get(Resource, node_id)
            return {} if row is None else dict(row.data or {})

    def remember(self, node: Node, **values: Any) -> None:
        with self._database.transaction() as session:
            row = session.get(Resource, node.id)
            if row is not None:
                row.data = {**(row.data or {}), **values}

    def amend(self, node_id: str, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
        with self._database.transaction() as session:
            row = session.get(Resource, node_id, with_for_update=True)
            if row is not None:
                row.data = change(row.data or {})

    def wake(self, node_id: str) -> None:
        with self._database.transaction() as session:
            row = session.get(Resource, node_id)
            if row is None:
                return
            stack_id = row.stack_id
            users = [one for one in resources.of(session, stack_id) if row.name in one.requires]
            for one in [row, *users]:
                resources.wake(session, one.id, self._clock())
        self._tell(stack_id)

    def sibling(self, project_id: str, reference: str) -> Node | None:
        with self._database.reading() as session:
            row = resources.by_physical(session, project_id, reference)
            if row is None:
                return None
            stack = session.get_one(Stack, row.stack_id)
            more = {"properties": row.properties or {}, "type": row.type}
            return definitions.node_of(stack, row, self, metadata=more)

    def signal_url(self, node: Node) -> str:
        return self._signer.url(node.id)

    def config(self, project_id: str, config_id: str) -> Mapping[str, Any]:
        try:
            with self._database.reading() as session:
                row = software.config(session, project_id, config_id)
        except errors.SoftwareConfigNotFound as error:
            raise errors.ResourceFailed(reason=str(error)) from error
        keys = ("id", "name", "group", "config", "inputs", "outputs", "options")
        return {key: getattr(row, key) for key in keys}

    def add_config(self, node: Node, config_id: str, values: Mapping[str, Any]) -> None:
        with self._database.transaction() as session:
            if session.get(SoftwareConfig, config_id) is None:
                row = SoftwareConfig(id=config_id, project_id=node.project_id, **values)
                row.created_at = self._clock()
                session.add(row)

    def drop_config(self, project_id: str, config_id: str) -> None:
        with self._database.transaction() as session:
            row = session.get(SoftwareConfig, config_id)
            if row is not None and not software.is_used(session, config_id):
                session.delete(row)

    def deployment(self, deployment_id: str) -> Mapping[str, Any] | None:
        with self._database.reading() as session:
            row = session.get(SoftwareDeployment, deployment_id)
        if row is None:
            return None
        keys = ("id", "config_id", "server_id", "action", "status", "status_reason")
        return {key: getattr(row, key) for key in (*keys, "input_values", "output_values")}

    def deploy(self, node: Node, deployment_id: str, values: Mapping[str, Any]) -> None:
        with self._database.transaction() as session:
            row = session.get(SoftwareDeployment, deployment_id)
            if row is None:
                row = SoftwareDeployment(
                    id=deployment_id,
                    project_id=node.project_id,
                    stack_id=node.stack_id,
                    node_id=node.id,
                    input_values={},
                    output_values={},
                    created_at=self._clock(),
                )
                session.add(row)
            for key, value in values.items():
                setattr(row, key, value)
            row.updated_at = self._clock()

    def drop_deployment(self, deployment_id: str) -> None:
        with self._database.transaction() as session:
            row = session.get(SoftwareDeployment, deployment_id)
            if row is None:
                return
            config_id = row.config_id
            session.delete(row)
            session.flush()
            config = session.get(SoftwareConfig, config_id)
            if config is not None and not software.is_used(session, config_id):
                session.delete(config)
