"""Compute's options."""

from oslo_config import cfg

GROUP = "compute"
OPTIONS = [
    cfg.StrOpt("host_address", default="127.0.0.1", help="This host's address, for clients."),
    cfg.StrOpt(
        "virt_type", default="auto", help="`kvm`, `qemu` (emulated), or `auto`, which probes."
    ),
    cfg.StrOpt(
        "ovs_programs",
        default="",
        help="Directory of ovs-vsctl; empty: wherever the path says.",
    ),
    cfg.StrOpt(
        "console_url",
        default="http://127.0.0.1:6080",
        help="Where browsers reach this host's consoles.",
    ),
    cfg.StrOpt("console_address", default="127.0.0.1", help="Address that consoles listen on."),
    cfg.PortOpt("console_port", default=6080, help="Port that consoles listen on."),
    cfg.ListOpt(
        "console_origins",
        default=[],
        help="Names of hosts whose web pages may open consoles, beside the consoles' own.",
    ),
    cfg.StrOpt("console_pages", default="", help="Directory of noVNC's pages; empty: none."),
    cfg.IntOpt(
        "console_token_lifetime_s",
        default=600,
        min=1,
        help="Seconds within which a console that was asked for has to be opened.",
    ),
    cfg.PortOpt("api_port", default=8774, help="Port of the Compute API."),
    cfg.PortOpt("placement_port", default=8778, help="Port of the Placement API."),
    cfg.PortOpt("metadata_port", default=8775, help="Port that the metadata proxies ask."),
    cfg.ListOpt("drivers", default=["kvm", "container"], help="Kinds of guests this host tries."),
    cfg.IntOpt("controller_threads", default=6, min=1, help="Messages a controller handles."),
    cfg.IntOpt("worker_threads", default=16, min=1, help="Orders a worker carries out at once."),
    cfg.FloatOpt("report_interval_s", default=5.0, help="Seconds between a host's reports."),
    cfg.FloatOpt(
        "upkeep_interval_s",
        default=30.0,
        min=1.0,
        help="Seconds between looks for what a host keeps of images that are deleted.",
    ),
    cfg.FloatOpt("host_down_s", default=15.0, help="Silence after which a host counts as down."),
    cfg.FloatOpt("sweep_interval_s", default=5.0, help="Seconds between the controller's sweeps."),
    cfg.FloatOpt(
        "orphan_interval_s",
        default=60.0,
        min=1.0,
        help="Seconds between looks for ports and claims that no server has.",
    ),
    cfg.FloatOpt(
        "stray_interval_s",
        default=20.0,
        min=1.0,
        help="Seconds between looks for attachments of volumes that no server has.",
    ),
    cfg.IntOpt(
        "shutdown_timeout_s",
        default=60,
        min=0,
        help="Seconds a guest gets to shut down before its power is cut.",
    ),
    cfg.IntOpt(
        "wired_timeout_s", default=10, min=0, help="Seconds to wait for a port's rules to work."
    ),
    cfg.FloatOpt(
        "resize_confirm_window_s",
        default=0.0,
        min=0.0,
        help="Seconds after which a resize counts as confirmed; 0: never.",
    ),
    cfg.FloatOpt(
        "shelved_offload_s",
        default=0.0,
        min=-1.0,
        help="Seconds a shelved server keeps its place on its host; -1: until it is offloaded.",
    ),
    cfg.FloatOpt(
        "reclaim_instance_interval_s",
        default=0.0,
        min=0.0,
        help="Seconds in which a deleted server can be restored; 0: it is gone at once.",
    ),
    cfg.StrOpt("availability_zone", default="nova", help="Zone of hosts in no aggregate."),
    cfg.FloatOpt("vcpu_ratio", default=4.0, min=0.1, help="Virtual CPUs offered per real one."),
    cfg.FloatOpt("memory_ratio", default=1.0, min=0.1, help="Memory offered per real memory."),
    cfg.FloatOpt("disk_ratio", default=1.0, min=0.1, help="Disk offered per real disk."),
    cfg.IntOpt("reserved_memory_mib", default=512, min=0, help="Memory kept for the host."),
    cfg.IntOpt("reserved_disk_gib", default=0, min=0, help="Disk kept for the host."),
]
QUOTA = [
    cfg.IntOpt("instances", default=10, min=-1, help="Servers a project may have; -1: any."),
    cfg.IntOpt("cores", default=20, min=-1, help="Virtual CPUs of a project."),
    cfg.IntOpt("ram", default=51200, min=-1, help="MiB of memory of a project."),
    cfg.IntOpt("metadata_items", default=128, min=-1, help="Metadata items of a server."),
    cfg.IntOpt("key_pairs", default=100, min=-1, help="Key pairs of a user."),
    cfg.IntOpt("server_groups", default=10, min=-1, help="Server groups of a project."),
    cfg.IntOpt("server_group_members", default=10, min=-1, help="Servers of a server group."),
]


def register(conf: cfg.ConfigOpts) -> None:
    """Register compute's groups."""
    conf.register_opts(OPTIONS, group=GROUP)
    conf.register_opts(QUOTA, group="compute_quota")
