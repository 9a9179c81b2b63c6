"""OS::Heat::Stack: a stack that is made through the API, as by its owner."""

from collections.abc import Mapping
from typing import Any, ClassVar

from orchestration.clients import Cloud
from orchestration.drivers.base import INTEGER, MAP, Node, Property, ResourceType, text
from orchestration.errors import ResourceFailed, TemplateInvalid
from orchestration.templates import template


class RemoteStack(ResourceType):
    """A stack of its own, made through the API."""

    name = "OS::Heat::Stack"
    region: ClassVar[str] = "RegionOne"
    properties = {
        "context": Property(
            MAP,
            "Where it is to be.",
            keys={
                "region_name": text("The region.", required=True),
            },
        ),
        "template": text("Its template.", required=True, updatable=True),
        "parameters": Property(MAP, "Values for its parameters.", default={}, updatable=True),
        "timeout": Property(INTEGER, "Minutes that an action may take.", updatable=True),
    }
    attributes = {"stack_name": "Its name.", "outputs": "Its outputs, by name."}

    def check(self, kind: str, wanted: Any, *, complete: bool) -> dict[str, Any]:
        found = super().check(kind, wanted, complete=complete)
        region = (found.get("context") or {}).get("region_name") or self.region
        if region != self.region:
            raise TemplateInvalid(
                reason=f'Cannot establish connection to Heat endpoint at region "{region}" due to '
                f'"publicURL endpoint for orchestration service in {region} region not found"'
            )
        try:
            if found.get("template"):
                template.parse(found["template"])
        except TemplateInvalid as error:
            raise TemplateInvalid(
                reason="Failed validating stack template using Heat endpoint at region "
                f'"{region}" due to "ERROR: {error}"'
            ) from error
        return found

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        body = {"stack_name": node.unique_name, "disable_rollback": True}
        answer = cloud.orchestration.post("/stacks", {**body, **self._body(node, wanted)})
        return str(answer["stack"]["id"])

    def _body(self, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        body = {
            "template": wanted["template"],
            "parameters": wanted.get("parameters") or {},
            "files": dict(node.files),
        }
        return {**body, "timeout_mins": wanted["timeout"]} if wanted.get("timeout") else body

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        found = cloud.orchestration.find(f"/stacks/{node.unique_name}")
        return str(found["stack"]["id"]) if found else None

    def ready(self, cloud: Cloud, node: Node) -> bool:
        found = self._stack(cloud, node)
        if found["stack_status"].endswith("_FAILED"):
            raise ResourceFailed(reason=found["stack_status_reason"])
        return not found["stack_status"].endswith("_IN_PROGRESS")

    def differs(self, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> bool:
        return old != wanted or dict(node.data.get("files") or {}) != dict(node.files)

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        node.home.remember(node, files=dict(node.files))

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        if self._stack(cloud, node)["stack_status"].endswith("_IN_PROGRESS"):
            return
        cloud.orchestration.put(self._path(node), self._body(node, wanted))
        self.furnish(cloud, node, wanted)

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.orchestration.delete(self._path(node))

    def gone(self, cloud: Cloud, node: Node) -> bool:
        found = cloud.orchestration.find(self._path(node), resolve_outputs=False)
        if found is None:
            return True
        stack = found["stack"]
        if stack["stack_status"] == "DELETE_FAILED":
            raise ResourceFailed(reason=stack["stack_status_reason"])
        return bool(stack["stack_status"] == "DELETE_COMPLETE")

    def suspend(self, cloud: Cloud, node: Node) -> None:
        self._act(cloud, node, "suspend")

    def suspended(self, cloud: Cloud, node: Node) -> bool:
        return self.ready(cloud, node)

    def resume(self, cloud: Cloud, node: Node) -> None:
        self._act(cloud, node, "resume")

    def check_alive(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        self._act(cloud, node, "check")

    def _act(self, cloud: Cloud, node: Node, action: str) -> None:
        status = str(self._stack(cloud, node)["stack_status"])
        done = (f"{action.upper()}_IN_PROGRESS", f"{action.upper()}_COMPLETE")
        if status not in done or action == "check":
            cloud.orchestration.post(f"{self._path(node)}/actions", {action: None})

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.orchestration.get(self._path(node))["stack"]
        values: Mapping[str, Any] = {
            one["output_key"]: one.get("output_value") for one in found.get("outputs") or []
        }
        return {"stack_name": found["stack_name"], "outputs": values, "show": found}

    def _stack(self, cloud: Cloud, node: Node) -> dict[str, Any]:
        found = cloud.orchestration.get(self._path(node), resolve_outputs=False)["stack"]
        if found["stack_status"] == "DELETE_COMPLETE":
            raise ResourceFailed(reason=f"The stack {node.physical_id} is gone.")
        return dict(found)

    def _path(self, node: Node) -> str:
        return f"/stacks/{node.unique_name}/{node.physical_id}"
