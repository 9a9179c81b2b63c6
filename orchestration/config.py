"""Orchestration's options."""

from oslo_config import cfg

OPTIONS = [
    cfg.PortOpt("port", default=8004, help="Port the API listens on."),
    cfg.IntOpt("max_stacks_per_project", default=512, min=1, help="Stacks a project may have."),
    cfg.IntOpt("engine_threads", default=16, min=1, help="Resources worked on at a time."),
    cfg.FloatOpt("sweep_interval_s", default=3.0, min=0.1, help="Seconds between two sweeps."),
    cfg.ListOpt(
        "hidden_stack_tags",
        default=["data-processing-cluster"],
        help="Stacks with one of these tags are in no list unless hidden ones are asked for.",
    ),
    cfg.StrOpt(
        "signal_url",
        default="",
        help="Scheme, host and port by which guests reach this API, for the URLs that signals go "
        "to; empty for the API's own address on this host.",
    ),
    cfg.FloatOpt(
        "trust_patience_s",
        default=60.0,
        min=1.0,
        help="Seconds after which a trust that no stack owns is ended.",
    ),
]


def register(conf: cfg.ConfigOpts) -> None:
    """Register orchestration's options."""
    conf.register_opts(OPTIONS, group="orchestration")
