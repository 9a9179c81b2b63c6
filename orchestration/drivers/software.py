"""OS::Heat::SoftwareConfig and its kin, and the deployments that carry one to a server."""

import uuid
from collections.abc import Mapping
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import yaml

from orchestration.clients import Cloud
from orchestration.drivers.base import (
    ANY,
    BOOLEAN,
    LIST,
    MAP,
    Nested,
    Node,
    Property,
    ResourceType,
    like_id,
    text,
)
from orchestration.drivers.group import document
from orchestration.drivers.nested import NestedType
from orchestration.errors import ResourceFailed, SignalRefused

GROUP = "Heat::Ungrouped"
IO = {
    "name": text("Its name.", required=True),
    "description": text("What it is."),
    "type": text("Its type.", default="String"),
}
INPUT = Property(
    MAP,
    keys={
        **IO,
        "default": Property(ANY, "Its value unless one is given."),
        "replace_on_change": Property(BOOLEAN),
    },
)
OUTPUT = Property(
    MAP,
    keys={**IO, "error_output": Property(BOOLEAN, "Whether a value means failure.", default=False)},
)
COMMON = {
    "group": text("Which tool carries it out.", default=GROUP),
    "inputs": Property(LIST, "What it is given.", items=INPUT),
    "outputs": Property(LIST, "What it gives.", items=OUTPUT),
    "options": Property(MAP, "What the tool is told."),
}


class SoftwareConfig(ResourceType):
    """A piece of configuration, kept as it is."""

    name = "OS::Heat::SoftwareConfig"
    properties: Mapping[str, Property] = {**COMMON, "config": text("The text.")}
    attributes = {"config": "The configuration."}

    def content(self, node: Node, wanted: dict[str, Any]) -> Any:
        """Return what is to be kept."""
        return wanted.get("config") or ""

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        values = {
            "name": node.unique_name,
            "group": wanted.get("group") or GROUP,
            "config": self.content(node, wanted),
            "inputs": wanted.get("inputs") or [],
            "outputs": wanted.get("outputs") or [],
            "options": wanted.get("options") or {},
        }
        node.home.add_config(node, node.id, values)
        return node.id

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        node.home.drop_config(node.project_id, str(node.physical_id))

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = dict(node.home.config(node.project_id, str(node.physical_id)))
        return {"config": found["config"], "show": found}


class StructuredConfig(SoftwareConfig):
    """A piece of configuration that is data, with places for inputs."""

    name = "OS::Heat::StructuredConfig"
    properties = {**COMMON, "config": Property(MAP, "The data.")}

    def content(self, node: Node, wanted: dict[str, Any]) -> Any:
        return wanted.get("config") or {}


class CloudConfig(SoftwareConfig):
    """Configuration for cloud-init."""

    name = "OS::Heat::CloudConfig"
    properties = {"cloud_config": Property(MAP, "What cloud-init reads.")}

    def content(self, node: Node, wanted: dict[str, Any]) -> Any:
        return "#cloud-config\n" + yaml.safe_dump(wanted.get("cloud_config") or {})


class MultipartMime(SoftwareConfig):
    """Several pieces of configuration in one, as cloud-init reads them."""

    name = "OS::Heat::MultipartMime"
    properties = {
        "parts": Property(
            LIST,
            "The pieces.",
            items=Property(
                MAP,
                keys={
                    "config": text("The text, or the id of a configuration.", required=True),
                    "filename": text("What it is called."),
                    "type": text("How it is read.", default="text", allowed=("text", "multipart")),
                    "subtype": text("What kind of text it is."),
                },
            ),
        ),
        "group": text("Which tool carries it out.", default=GROUP),
    }

    def content(self, node: Node, wanted: dict[str, Any]) -> Any:
        message = MIMEMultipart(boundary=f"=={node.id}==")
        for part in wanted.get("parts") or []:
            body = resolved(node, part["config"])
            piece = MIMEText(body, part.get("subtype") or _subtype(body))
            if part.get("filename"):
                piece.add_header("Content-Disposition", "attachment", filename=part["filename"])
            message.attach(piece)
        return message.as_string()


def _subtype(body: str) -> str:
    if body.startswith("#cloud-config"):
        return "cloud-config"
    return "x-shellscript" if body.startswith("#!") else "plain"


def resolved(node: Node, given: str) -> str:
    """Return a text as it is, or the configuration of that id.  Raises ResourceFailed."""
    if not like_id(given):
        return given
    return str(node.home.config(node.project_id, given)["config"])


class SoftwareDeployment(ResourceType):
    """A configuration on its way to a server; done when the server says so.

    Its id is that of its node, so a second try finds the first one's.
    """

    name = "OS::Heat::SoftwareDeployment"
    waits = True
    properties: Mapping[str, Property] = {
        "config": text("The configuration.", updatable=True),
        "server": text("The server.", required=True),
        "input_values": Property(MAP, "Values for its inputs.", updatable=True),
        "deploy_actions": Property(
            LIST,
            "Actions of the stack in which it is deployed.",
            default=["CREATE", "UPDATE"],
            updatable=True,
            items=text(allowed=("CREATE", "UPDATE", "DELETE", "SUSPEND", "RESUME")),
        ),
        "name": text("What it is called.", updatable=True),
        "signal_transport": text(
            "How the server tells that it is done.",
            default="CFN_SIGNAL",
            allowed=("CFN_SIGNAL", "NO_SIGNAL"),
        ),
    }
    attributes = {
        "deploy_stdout": "What it wrote.",
        "deploy_stderr": "What it wrote as errors.",
        "deploy_status_code": "How it ended.",
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        if "CREATE" in wanted["deploy_actions"]:
            self._deploy(node, wanted, "CREATE")
        return node.id

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        if "UPDATE" in wanted["deploy_actions"]:
            self._deploy(node, wanted, "UPDATE")

    def _deploy(self, node: Node, wanted: dict[str, Any], action: str) -> None:
        before = node.home.deployment(node.id)
        source = self._source(node, wanted)
        began = node.began_at.isoformat() if node.began_at else ""
        config_id = str(uuid.uuid5(uuid.UUID(node.id), f"{action} {began}"))
        if before is not None and before["config_id"] == config_id:
            return
        inputs = [*self._inputs(source, wanted), *self._told(node, wanted, action)]
        values = {
            "name": wanted.get("name") or source.get("name") or node.unique_name,
            "group": source.get("group") or GROUP,
            "config": self.content(source.get("config"), inputs, wanted),
            "inputs": inputs,
            "outputs": source.get("outputs") or [],
            "options": source.get("options") or {},
        }
        node.home.add_config(node, config_id, values)
        silent = wanted["signal_transport"] == "NO_SIGNAL"
        deployed = {
            "config_id": config_id,
            "server_id": wanted["server"],
            "action": action,
            "status": "COMPLETE" if silent else "IN_PROGRESS",
            "status_reason": "Not waiting for outputs signal"
            if silent
            else "Deploy data available",
            "input_values": wanted.get("input_values") or {},
            "output_values": {},
        }
        node.home.deploy(node, node.id, deployed)
        if before is not None:
            node.home.drop_config(node.project_id, str(before["config_id"]))

    def content(self, config: Any, inputs: list[dict[str, Any]], wanted: dict[str, Any]) -> Any:
        """Return what the server is to carry out."""
        return config

    def _source(self, node: Node, wanted: dict[str, Any]) -> Mapping[str, Any]:
        if not wanted.get("config"):
            return {}
        return node.home.config(node.project_id, wanted["config"])

    def _inputs(self, source: Mapping[str, Any], wanted: dict[str, Any]) -> list[dict[str, Any]]:
        given = wanted.get("input_values") or {}
        known = [dict(one) for one in source.get("inputs") or []]
        for one in known:
            one["value"] = given.get(one["name"], one.get("default"))
        names = {one["name"] for one in known}
        more = [
            {"name": name, "type": "String", "value": value}
            for name, value in given.items()
            if name not in names
        ]
        return [*known, *more]

    def _told(self, node: Node, wanted: dict[str, Any], action: str) -> list[dict[str, Any]]:
        """Return what each configuration is told beside its own inputs."""
        told = {
            "deploy_server_id": ("ID of the server being deployed to", wanted["server"]),
            "deploy_action": ("Name of the current action being deployed", action),
            "deploy_stack_id": (
                "ID of the stack this deployment belongs to",
                f"{node.stack_name}/{node.stack_id}",
            ),
            "deploy_resource_name": ("Name of this deployment resource in the stack", node.name),
            "deploy_signal_transport": (
                "How the server should signal to heat with the deployment output values.",
                wanted["signal_transport"],
            ),
        }
        if wanted["signal_transport"] == "CFN_SIGNAL":
            url = node.home.signal_url(node)
            told["deploy_signal_id"] = ("ID of signal to use for signaling output values", url)
            told["deploy_signal_verb"] = ("HTTP verb to use for signaling output values", "POST")
        return [
            {"name": name, "type": "String", "description": words, "value": value}
            for name, (words, value) in told.items()
        ]

    def ready(self, cloud: Cloud, node: Node) -> bool:
        found = node.home.deployment(node.id)
        if found is None or found["status"] == "COMPLETE":
            return True
        if found["status"] == "FAILED":
            raise ResourceFailed(reason=f"Deployment to server failed: {found['status_reason']}")
        return False

    def signal(self, node: Node, wanted: dict[str, Any], details: Any) -> str:
        found = node.home.deployment(node.id)
        if found is None or found["status"] != "IN_PROGRESS":
            return "Signal is not awaited any more"
        if details is None:
            details = {}
        if not isinstance(details, dict):
            raise SignalRefused(reason="The outputs of a deployment are a JSON object.")
        config = node.home.config(node.project_id, str(found["config_id"]))
        problems = _problems(config.get("outputs") or [], details)
        reason = "; ".join(problems) or "Outputs received"
        values = {
            "status": "FAILED" if problems else "COMPLETE",
            "status_reason": reason,
            "output_values": details,
        }
        node.home.deploy(node, node.id, values)
        return f"deployment {'failed' if problems else 'succeeded'}"

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        if "DELETE" in wanted.get("deploy_actions", ()) and node.home.deployment(node.id):
            self._deploy(node, wanted, "DELETE")

    def gone(self, cloud: Cloud, node: Node) -> bool:
        found = node.home.deployment(node.id)
        if found and (found["action"], found["status"]) == ("DELETE", "IN_PROGRESS"):
            return False
        node.home.drop_deployment(node.id)
        return True

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = dict(node.home.deployment(node.id) or {})
        values = dict(found.get("output_values") or {})
        return {**dict.fromkeys(self.attributes), **values, "show": found}

    def check_alive(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        return


def _problems(outputs: list[dict[str, Any]], values: Mapping[str, Any]) -> list[str]:
    found = [
        f"{one['name']} : {values[one['name']]}"
        for one in outputs
        if one.get("error_output") and values.get(one["name"])
    ]
    code = values.get("deploy_status_code")
    if code not in (None, "", 0, "0"):
        found.append(f"deploy_status_code : Deployment exited with non-zero status code: {code}")
    return found


class StructuredDeployment(SoftwareDeployment):
    """A structured configuration with its inputs in their places, on its way to a server."""

    name = "OS::Heat::StructuredDeployment"
    properties = {
        **SoftwareDeployment.properties,
        "input_key": text("What marks the place of an input.", default="get_input", updatable=True),
        "input_values_validate": text(
            "Whether an input may be missing.",
            default="LAX",
            allowed=("LAX", "STRICT"),
            updatable=True,
        ),
    }

    def content(self, config: Any, inputs: list[dict[str, Any]], wanted: dict[str, Any]) -> Any:
        values = {one["name"]: one.get("value") for one in inputs}
        strict = wanted.get("input_values_validate") == "STRICT"
        return _filled(config or {}, wanted["input_key"], values, strict)


def _filled(value: Any, mark: str, values: Mapping[str, Any], strict: bool) -> Any:
    if isinstance(value, list):
        return [_filled(item, mark, values, strict) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {mark} and isinstance(value[mark], str):
        if strict and value[mark] not in values:
            raise ResourceFailed(reason=f"The input {value[mark]} has no value.")
        return values.get(value[mark])
    return {key: _filled(item, mark, values, strict) for key, item in value.items()}


class SoftwareDeploymentGroup(NestedType):
    """One configuration for many servers."""

    name = "OS::Heat::SoftwareDeploymentGroup"
    member = SoftwareDeployment.name
    properties: Mapping[str, Property] = {
        **{k: v for k, v in SoftwareDeployment.properties.items() if k != "server"},
        "servers": Property(MAP, "Servers by name.", required=True, updatable=True),
    }
    attributes = {
        "deploy_stdouts": "What they wrote, by name.",
        "deploy_stderrs": "What they wrote as errors, by name.",
        "deploy_status_codes": "How they ended, by name.",
    }

    def nested(self, node: Node, wanted: dict[str, Any]) -> Nested:
        common = {key: value for key, value in wanted.items() if key != "servers"}
        made = {
            str(name): {"type": self.member, "properties": {**common, "server": server}}
            for name, server in (wanted.get("servers") or {}).items()
        }
        return Nested(document(made))

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        members = node.home.members(node)
        found = {
            f"{key}s": {one.name: one.attributes.get(key) for one in members}
            for key in SoftwareDeployment.attributes
        }
        return {**found, "show": found}


class SoftwareDeployments(SoftwareDeploymentGroup):
    """The older name of SoftwareDeploymentGroup."""

    name = "OS::Heat::SoftwareDeployments"


class StructuredDeploymentGroup(SoftwareDeploymentGroup):
    """One structured configuration for many servers."""

    name = "OS::Heat::StructuredDeploymentGroup"
    member = StructuredDeployment.name
    properties = {
        **{k: v for k, v in StructuredDeployment.properties.items() if k != "server"},
        "servers": Property(MAP, "Servers by name.", required=True, updatable=True),
    }


class StructuredDeployments(StructuredDeploymentGroup):
    """The older name of StructuredDeploymentGroup."""

    name = "OS::Heat::StructuredDeployments"
