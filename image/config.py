"""Image's options."""

from oslo_config import cfg

GROUP = "image"
OPTIONS = [
    cfg.PortOpt("api_port", default=9292, help="Port of the Image API."),
    cfg.StrOpt(
        "store_dir", default="{state_dir}/images", help="Directory that the file store keeps."
    ),
    cfg.MultiStrOpt(
        "store",
        default=[],
        help="One more store, beside the default one `file`: <id>=<directory>.",
    ),
    cfg.MultiStrOpt(
        "store_weight",
        default=[],
        help="How much a store is preferred when an image is read: <id>=<number>; 0 unless told.",
    ),
    cfg.BoolOpt(
        "locations",
        default=False,
        help="Let owners give an image addresses where its data is, instead of data; what the "
        "web_download options say holds for them. Everybody who sees an image sees them.",
    ),
    cfg.ListOpt(
        "import_methods",
        default=["glance-direct", "web-download", "glance-download", "copy-image"],
        help="Methods of import that are offered; copy-image only where there are several stores.",
    ),
    cfg.ListOpt(
        "web_download_schemes",
        default=["http", "https"],
        help="Schemes of the addresses that data is fetched from.",
    ),
    cfg.ListOpt(
        "web_download_ports",
        default=["80", "443"],
        help="Ports of the addresses that data is fetched from.",
    ),
    cfg.ListOpt(
        "web_download_allow",
        default=[],
        help="Networks that are not public and from which data is fetched all the same.",
    ),
    cfg.ListOpt(
        "web_download_deny",
        default=[],
        help="Public networks from which no data is fetched.",
    ),
    cfg.BoolOpt(
        "format_match",
        default=True,
        help="Refuse an upload whose bytes are not in the image's disk_format. Files that would "
        "reach beyond themselves (backing files, external data) are refused in any case.",
    ),
    cfg.IntOpt("max_size_gib", default=1024, min=1, help="Largest image that is accepted."),
    cfg.IntOpt("max_properties", default=128, min=0, help="Properties of an image."),
    cfg.IntOpt("max_tags", default=128, min=0, help="Tags of an image."),
    cfg.IntOpt("max_locations", default=10, min=1, help="Addresses of an image's data."),
    cfg.IntOpt("max_members", default=128, min=0, help="Projects an image is shared with."),
    cfg.FloatOpt(
        "stall_timeout_s",
        default=60.0,
        min=1,
        help="Seconds without a byte after which an upload is given up.",
    ),
    cfg.FloatOpt("sweep_interval_s", default=10.0, min=0.1, help="Seconds between sweeps."),
]
QUOTA = [
    cfg.IntOpt("images", default=1000, min=-1, help="Images of a project; -1: any number."),
    cfg.IntOpt("size_gib", default=1000, min=-1, help="GiB of image data of a project; -1: any."),
]


def register(conf: cfg.ConfigOpts) -> None:
    """Register image's groups."""
    conf.register_opts(OPTIONS, group=GROUP)
    conf.register_opts(QUOTA, group="image_quota")
