"""A private RabbitMQ: own node, ports, user and directory, so that many live on one machine.

The Erlang machine is started directly, without RabbitMQ's shell scripts: that saves a second, and
the process that was started is the broker, so it can be watched and ended.  It runs with one
scheduler thread and no plugins: about 100 MiB, three seconds to start.
"""

import dataclasses
import os
import pathlib
import socket

HOME = pathlib.Path("/usr/lib/rabbitmq/lib")
NODE = "cumulet@localhost"
SMALL = (
    *("+MBas", "ageffcbf", "+MHas", "ageffcbf", "+MBlmbcs", "512", "+MHlmbcs", "512"),
    *("+MMmcs", "30", "+P", "65536", "+Q", "65536", "+t", "1048576"),
    *("+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none"),
    *("+S", "1:1", "+SDcpu", "1:1", "+SDio", "2", "+A", "2"),
)
CONFIG = """\
listeners.tcp.1 = 127.0.0.1:{port}
default_user = {user}
default_pass = {password}
loopback_users = none
log.console = true
log.console.level = warning
log.file = false
vm_memory_high_watermark.relative = 0.6
disk_free_limit.absolute = 200MB
"""
GREETING = b"AMQP\x00\x00\x09\x01"


@dataclasses.dataclass(frozen=True)
class Broker:
    """One broker.  base: its own directory.  Three ports: AMQP, node names, the node itself."""

    base: pathlib.Path
    port: int
    epmd_port: int
    node_port: int
    user: str
    password: str

    def prepare(self) -> None:
        """Write the configuration; what the broker keeps from an earlier run stays."""
        for name in ("home", "log", "mnesia"):
            (self.base / name).mkdir(parents=True, exist_ok=True)
        self.base.chmod(0o700)
        text = CONFIG.format(port=self.port, user=self.user, password=self.password)
        path = self.base / "rabbitmq.conf"
        path.touch(mode=0o600)
        path.write_text(text)
        (self.base / "plugins").write_text("[].\n")

    def environment(self) -> dict[str, str]:
        """What both programs need on top of the usual environment."""
        code = next(HOME.glob("rabbitmq_server-*"), HOME)
        return {
            "HOME": str(self.base / "home"),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_LIBS": str(code / "plugins"),
            "ERL_MAX_ETS_TABLES": "10000",
            "RABBITMQ_HOME": str(code),
            "RABBITMQ_PLUGINS_DIR": str(code / "plugins"),
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_DIST_PORT": str(self.node_port),
            "RABBITMQ_CONFIG_FILE": str(self.base / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.base / "plugins"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(self.base / "feature_flags"),
            "RABBITMQ_MNESIA_BASE": str(self.base / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.base / "log"),
            "RABBITMQ_PID_FILE": str(self.base / "node.pid"),
            "RABBITMQ_LOGS": "-",
        }

    def commands(self) -> list[tuple[str, list[str]]]:
        """(name, command line) of the name server and the broker, both in the foreground."""
        setting = ["env", *(f"{key}={value}" for key, value in self.environment().items())]
        names = ["epmd", "-port", str(self.epmd_port), "-address", "127.0.0.1"]
        distribution = ["inet_dist_listen_min", "inet_dist_listen_max"]
        ports = [word for key in distribution for word in (key, str(self.node_port))]
        node = [
            *("erl", "-pa", "", "-noinput", "-s", "rabbit", "boot", "-boot", "start_sasl"),
            *("+W", "w", *SMALL, "-syslog", "logger", "[]"),
            *("-syslog", "syslog_error_logger", "false"),
            *("-kernel", "prevent_overlapping_partitions", "false"),
            *("inet_dist_use_interface", "{127,0,0,1}", *ports),
        ]
        return [("epmd", [*setting, *names]), ("rabbitmq", [*setting, *node])]

    def ready(self) -> bool:
        """Tell whether the broker greets a client."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as client:
                client.sendall(GREETING)
                client.settimeout(5)
                return bool(client.recv(1))
        except OSError:
            return False

    def url(self, virtual_host: str = "/") -> str:
        """Return the AMQP URL, password included."""
        path = virtual_host.replace("/", "%2F")
        return f"amqp://{self.user}:{self.password}@127.0.0.1:{self.port}/{path}"

    def control(self, *words: str) -> tuple[list[str], dict[str, str]]:
        """(command line, environment) of the broker's own control program."""
        program = next(HOME.glob("rabbitmq_server-*"), HOME) / "sbin/rabbitmqctl"
        return [str(program), "-n", NODE, *words], {**os.environ, **self.environment()}
