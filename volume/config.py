"""Volume's options."""

from oslo_config import cfg

GROUP = "volume"
OPTIONS = [
    cfg.PortOpt("api_port", default=8776, help="Port of the Block Storage API."),
    cfg.StrOpt("availability_zone", default="nova", help="The zone of every volume."),
    cfg.StrOpt(
        "driver",
        default="file",
        choices=["file", "rbd", "fake"],
        help="What keeps the volumes; `rbd` is Ceph, `fake` keeps what no guest can use.",
    ),
    cfg.StrOpt(
        "pool_dir", default="{state_dir}/volumes", help="Directory that the driver works in."
    ),
    cfg.StrOpt("rbd_pool", default="volumes", help="Ceph's pool, which is there already."),
    cfg.StrOpt("rbd_user", default="cumulet", help="Whom Ceph knows us as: `client.<user>`."),
    cfg.StrOpt(
        "rbd_ceph_conf",
        default="/etc/ceph/ceph.conf",
        help="Ceph's own file: its monitors, and where the user's key is.",
    ),
    cfg.StrOpt(
        "rbd_secret_uuid",
        default="",
        help="Under which id libvirt has the user's key on the guests' hosts; empty: it has none.",
    ),
    cfg.FloatOpt(
        "rbd_timeout_s", default=30.0, min=1, help="How long connecting to Ceph may take."
    ),
    cfg.StrOpt(
        "backup_driver", default="file", choices=["file", "s3"], help="What keeps the backups."
    ),
    cfg.StrOpt(
        "backup_dir", default="{state_dir}/backups", help="Directory that keeps the backups."
    ),
    cfg.StrOpt(
        "backup_s3_endpoint",
        default="",
        help="Address of an object store; its keys are in `secrets/backup-s3-access-key` and "
        "`secrets/backup-s3-secret-key` below the state directory.",
    ),
    cfg.StrOpt("backup_s3_bucket", default="", help="The bucket, which is there already."),
    cfg.StrOpt("backup_s3_region", default="us-east-1", help="The object store's region."),
    cfg.StrOpt("backup_s3_ca", default="", help="File of the certificates that vouch for it."),
    cfg.StrOpt(
        "key_dir",
        default="{state_dir}/volume-keys",
        help="Directory that keeps the keys of encrypted volumes; not on the disk of the pool.",
    ),
    cfg.StrOpt(
        "export_address",
        default="127.0.0.1",
        help="This host's address for other hosts that use its volumes.",
    ),
    cfg.PortOpt("export_port", default=10900, help="First of the ports that serve them."),
    cfg.IntOpt("export_ports", default=400, min=1, help="How many such ports there are."),
    cfg.StrOpt(
        "cluster", default="", help="Name of the cluster that a host is counted to; empty: none."
    ),
    cfg.StrOpt(
        "backend",
        default="",
        help="The backend's name: `volume_backend_name`; empty: as the driver is called.",
    ),
    cfg.StrOpt("default_type", default="standard", help="The type of volumes that name none."),
    cfg.FloatOpt(
        "oversubscription",
        default=20.0,
        min=1.0,
        help="How often the pool's capacity may be promised: volumes take space as they fill.",
    ),
    cfg.FloatOpt("report_interval_s", default=5.0, min=0.1, help="Seconds between host reports."),
    cfg.FloatOpt("host_down_s", default=15.0, min=1, help="Silence after which a host is down."),
    cfg.FloatOpt("sweep_interval_s", default=5.0, min=0.1, help="Seconds between sweeps."),
    cfg.IntOpt("controller_threads", default=4, min=1, help="Threads of the controller."),
    cfg.IntOpt("worker_threads", default=4, min=1, help="Threads of a worker."),
    cfg.FloatOpt("command_timeout_s", default=600.0, min=1, help="Longest a host command may run."),
]
QUOTA = [
    cfg.IntOpt("volumes", default=10, min=-1, help="Volumes of a project; -1: any number."),
    cfg.IntOpt("snapshots", default=10, min=-1, help="Snapshots of a project."),
    cfg.IntOpt("gigabytes", default=1000, min=-1, help="GiB of volumes and snapshots."),
    cfg.IntOpt("backups", default=10, min=-1, help="Backups of a project."),
    cfg.IntOpt("backup_gigabytes", default=1000, min=-1, help="GiB of backed up volumes."),
    cfg.IntOpt("per_volume_gigabytes", default=-1, min=-1, help="GiB of the largest volume."),
    cfg.IntOpt("groups", default=10, min=-1, help="Groups of a project."),
]


def backend(conf: cfg.ConfigOpts) -> str:
    """Return the backend's name."""
    return str(conf.volume.backend or conf.volume.driver)


def register(conf: cfg.ConfigOpts) -> None:
    """Register volume's groups."""
    conf.register_opts(OPTIONS, group=GROUP)
    conf.register_opts(QUOTA, group="volume_quota")
