"""Identity's options."""

from oslo_config import cfg

GROUP = "identity"
OPTIONS = [
    cfg.PortOpt("api_port", default=5000, help="Port of the Identity API."),
    cfg.IntOpt(
        "password_hash_rounds",
        default=12,
        min=4,
        max=31,
        help="Work factor of bcrypt: each step doubles the time that a password check takes.",
    ),
    cfg.IntOpt("token_lifetime_s", default=3600, min=60, help="Seconds that a token is good for."),
    cfg.IntOpt(
        "revocation_interval_s",
        default=2,
        min=1,
        help="Seconds between the signs of life that let services trust their revocation lists.",
    ),
    cfg.IntOpt(
        "lockout_failures",
        default=0,
        min=0,
        help="Wrong passwords after which a user is locked out; 0: never.",
    ),
    cfg.IntOpt("lockout_duration_s", default=1800, min=1, help="Seconds that a lockout lasts."),
    cfg.IntOpt(
        "password_history",
        default=0,
        min=0,
        help="How many of a user's latest passwords a new one must differ from.",
    ),
    cfg.IntOpt(
        "application_credentials",
        default=-1,
        min=-1,
        help="Application credentials of a user; -1: any number.",
    ),
    cfg.IntOpt("credentials", default=-1, min=-1, help="Credentials of a user; -1: any number."),
    cfg.IntOpt(
        "oauth1_request_token_s",
        default=28800,
        min=1,
        help="Seconds that an OAuth1 request token waits for a user who allows it.",
    ),
    cfg.IntOpt(
        "oauth1_access_token_s",
        default=86400,
        min=0,
        help="Seconds that an OAuth1 access token is good for; 0: until it is deleted.",
    ),
    cfg.MultiStrOpt(
        "endpoint",
        default=[],
        help="One endpoint of the catalog that bootstrap writes: <service type>=<url>.",
    ),
    cfg.MultiStrOpt(
        "service_user",
        default=["compute", "network", "image", "orchestration", "volume"],
        help="Service users that bootstrap makes; their passwords are secrets service-<name>.",
    ),
]


def register(conf: cfg.ConfigOpts) -> None:
    """Register identity's group."""
    conf.register_opts(OPTIONS, group=GROUP)
