"""The network service's options."""

from oslo_config import cfg

GROUP = "network"
OPTIONS = [
    cfg.PortOpt("api_port", default=9696, help="Port of the Networking API."),
    cfg.StrOpt("engine", default="ovn", choices=["ovn", "fake"], help="What moves the packets."),
    cfg.StrOpt(
        "ovsdb",
        default="unix:{state_dir}/ovn/db.sock",
        help="Where OVN's northbound and southbound databases and the switch's are served.",
    ),
    cfg.IntOpt("engine_timeout_s", default=10, min=1, help="Seconds to wait for the engine."),
    cfg.IntOpt("mtu", default=1442, min=576, help="MTU of tenant networks (1500 less geneve)."),
    cfg.IntOpt("physical_mtu", default=1500, min=576, help="MTU of flat and VLAN networks."),
    cfg.ListOpt(
        "physical_networks",
        default=["physnet1"],
        help="Names of the physical networks that the chassis map to bridges.",
    ),
    cfg.StrOpt("availability_zone", default="nova", help="The one zone of networks and routers."),
    cfg.FloatOpt("sweep_interval_s", default=10.0, min=0.1, help="Seconds between comparisons."),
    cfg.StrOpt(
        "metadata_url",
        default="http://127.0.0.1:8775",
        help="Compute's metadata service, which the proxies on the hosts ask.",
    ),
]
QUOTA = [
    cfg.IntOpt("network", default=100, min=-1, help="Networks of a project; -1: any number."),
    cfg.IntOpt("subnet", default=100, min=-1, help="Subnets of a project."),
    cfg.IntOpt("subnetpool", default=-1, min=-1, help="Subnet pools of a project."),
    cfg.IntOpt("port", default=500, min=-1, help="Ports of a project."),
    cfg.IntOpt("rbac_policy", default=10, min=-1, help="Grants that a project makes."),
    cfg.IntOpt("trunk", default=-1, min=-1, help="Trunks of a project."),
    cfg.IntOpt("address_group", default=-1, min=-1, help="Address groups of a project."),
    cfg.IntOpt("router", default=10, min=-1, help="Routers of a project."),
    cfg.IntOpt("floatingip", default=50, min=-1, help="Floating addresses of a project."),
    cfg.IntOpt("security_group", default=10, min=-1, help="Security groups of a project."),
    cfg.IntOpt("security_group_rule", default=100, min=-1, help="Rules of a project's groups."),
]


def register(conf: cfg.ConfigOpts) -> None:
    """Register the network service's groups."""
    conf.register_opts(OPTIONS, group=GROUP)
    conf.register_opts(QUOTA, group="network_quota")


def ovsdb(conf: cfg.ConfigOpts) -> str:
    """Return the engine's address with the state directory filled in."""
    return str(conf.network.ovsdb).format(state_dir=conf.state_dir)


def default_quotas(conf: cfg.ConfigOpts) -> dict[str, int]:
    """Return each resource's limit for a project that has none of its own."""
    return {option.name: int(conf.network_quota[option.name]) for option in QUOTA}
