"""Servers and what belongs to them."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from compute.db.base import Base

UUID = sa.String(36)


class Server(Base):
    """One guest a project asked for.  Deleted ones stay, with deleted_at.

    flavor: the flavor as it was: id, name, ram, disk, vcpus, ephemeral, swap, extra_specs.
    image: id, name, disk_format, checksum, hash_algo, size, properties.
    verb, generation, attempts, deadline: what is under way; see compute.logic.progress.
    hints: scheduler hints.  admin_pass: kept only until the guest was made.
    guest_password: what the guest left for its owner, encrypted with the owner's key.
    reported_at: the host's clock at its newest news, seconds.
    vcpus, memory_mib: what quota counts; the larger ones while a resize can be taken back.
    files: what its owner wants in the guest at its first boot: path, contents (base64).
    shelved: None, or what it was shelved as: image_id, and `at`, seconds since the epoch.
    """

    __tablename__ = "servers"
    __table_args__ = (
        sa.Index("ix_servers_project", "project_id", "deleted_at", "created_at"),
        sa.Index("ix_servers_host", "host", "deleted_at"),
        sa.Index("ix_servers_deadline", "deadline"),
        sa.Index("ix_servers_created", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    project_id: Mapped[str] = mapped_column(sa.String(64))
    user_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(255))
    hostname: Mapped[str] = mapped_column(sa.String(255))
    description: Mapped[str | None] = mapped_column(sa.String(255))
    status: Mapped[str] = mapped_column(sa.String(32))
    task_state: Mapped[str | None] = mapped_column(sa.String(32))
    verb: Mapped[str | None] = mapped_column(sa.String(32))
    generation: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    deadline: Mapped[dt.datetime | None]
    order: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    locked: Mapped[bool] = mapped_column(default=False)
    locked_reason: Mapped[str | None] = mapped_column(sa.String(255))
    locked_by_admin: Mapped[bool] = mapped_column(default=False)
    vcpus: Mapped[int]
    memory_mib: Mapped[int]
    disk_gib: Mapped[int]
    flavor: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    image_id: Mapped[str | None] = mapped_column(UUID)
    image: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    key_name: Mapped[str | None] = mapped_column(sa.String(255))
    public_key: Mapped[str | None] = mapped_column(sa.Text)
    user_data: Mapped[str | None] = mapped_column(sa.Text)
    config_drive: Mapped[bool] = mapped_column(default=False)
    disk_config: Mapped[str] = mapped_column(sa.String(8), default="MANUAL")
    access_ip_v4: Mapped[str] = mapped_column(sa.String(64), default="")
    access_ip_v6: Mapped[str] = mapped_column(sa.String(64), default="")
    details: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    security_groups: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON, default=list)
    zone_wanted: Mapped[str | None] = mapped_column(sa.String(255))
    host_wanted: Mapped[str | None] = mapped_column(sa.String(255))
    zone: Mapped[str] = mapped_column(sa.String(255), default="")
    host: Mapped[str | None] = mapped_column(sa.String(255))
    group_id: Mapped[str | None] = mapped_column(UUID)
    hints: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    reservation_id: Mapped[str] = mapped_column(sa.String(32))
    launch_index: Mapped[int] = mapped_column(default=0)
    admin_pass: Mapped[str | None] = mapped_column(sa.String(255))
    files: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON, default=list)
    shelved: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    guest_password: Mapped[str | None] = mapped_column(sa.Text)
    reported_at: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    launched_at: Mapped[dt.datetime | None]
    deleted_at: Mapped[dt.datetime | None]


class Nic(Base):
    """One network port of a server: as asked for, then as the network service made it.

    ours: we made the port and remove it with the server.
    addresses: dicts of drivers.base.FixedAddress.
    """

    __tablename__ = "nics"
    __table_args__ = (sa.Index("ix_nics_server", "server_id", "position"),)

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    server_id: Mapped[str] = mapped_column(sa.ForeignKey("servers.id"))
    position: Mapped[int]
    network_id: Mapped[str] = mapped_column(UUID)
    network_name: Mapped[str] = mapped_column(sa.String(255))
    mtu: Mapped[int]
    tag: Mapped[str | None] = mapped_column(sa.String(60))
    ours: Mapped[bool]
    wanted_address: Mapped[str | None] = mapped_column(sa.String(64))
    port_id: Mapped[str | None] = mapped_column(UUID)
    mac: Mapped[str | None] = mapped_column(sa.String(32))
    addresses: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)


class BlockDevice(Base):
    """A volume of a server: one it has, gets, or gives back.

    boot_index: 0 for the one it boots from.  device: `/dev/vdb`.
    volume_id: of a volume to be made, it is this row's id.
    source: of a volume still to be made: kind (image, snapshot, blank), id, size_gib, type.
    state: see compute.logic.devices.  since: when it came into it.
    connection: how the host reaches the volume, as the volume service said.
    """

    __tablename__ = "block_devices"
    __table_args__ = (
        sa.Index("ix_block_devices_server", "server_id", "created_at"),
        sa.Index("ix_block_devices_volume", "volume_id"),
        sa.Index("ix_block_devices_state", "state", "since"),
        sa.UniqueConstraint("server_id", "device"),
    )

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    server_id: Mapped[str] = mapped_column(sa.ForeignKey("servers.id"))
    volume_id: Mapped[str] = mapped_column(UUID)
    attachment_id: Mapped[str | None] = mapped_column(UUID)
    state: Mapped[str] = mapped_column(sa.String(16))
    since: Mapped[dt.datetime]
    boot_index: Mapped[int | None]
    device: Mapped[str] = mapped_column(sa.String(32))
    bus: Mapped[str | None] = mapped_column(sa.String(32))
    device_type: Mapped[str] = mapped_column(sa.String(16), default="disk")
    tag: Mapped[str | None] = mapped_column(sa.String(60))
    delete_on_termination: Mapped[bool] = mapped_column(default=False)
    multiattach: Mapped[bool] = mapped_column(default=False)
    source: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    connection: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[dt.datetime]


class ServerTag(Base):
    """A word that a server is found by."""

    __tablename__ = "server_tags"

    server_id: Mapped[str] = mapped_column(sa.ForeignKey("servers.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(60), primary_key=True)


class Fault(Base):
    """The newest reason why a server is in ERROR."""

    __tablename__ = "faults"

    server_id: Mapped[str] = mapped_column(sa.ForeignKey("servers.id"), primary_key=True)
    code: Mapped[int]
    message: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[dt.datetime]


class Action(Base):
    """What somebody asked of a server, and how it ended.  result: Success, Error or None."""

    __tablename__ = "actions"
    __table_args__ = (sa.Index("ix_actions_server", "server_id", "started_at"),)

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    server_id: Mapped[str] = mapped_column(sa.ForeignKey("servers.id"))
    generation: Mapped[int]
    request_id: Mapped[str] = mapped_column(sa.String(64))
    action: Mapped[str] = mapped_column(sa.String(64))
    user_id: Mapped[str | None] = mapped_column(sa.String(64))
    project_id: Mapped[str | None] = mapped_column(sa.String(64))
    started_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
    result: Mapped[str | None] = mapped_column(sa.String(16))
    message: Mapped[str | None] = mapped_column(sa.Text)
    host: Mapped[str | None] = mapped_column(sa.String(255))


class Migration(Base):
    """A resize of a server, or its move to another host.

    kind: resize or migration.  status: migrating, finished (it waits to be confirmed or reverted),
    confirming, confirmed, reverting, reverted, error.
    old_flavor, new_flavor: as Server.flavor.  old_status: the server's when it began.
    While status is one of db.migrations.OPEN, what the old flavor holds of the ledger is held by
    the consumer with the migration's id.
    """

    __tablename__ = "migrations"
    __table_args__ = (
        sa.Index("ix_migrations_server", "server_id", "status"),
        sa.Index("ix_migrations_status", "status", "updated_at"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(UUID, unique=True)
    server_id: Mapped[str] = mapped_column(sa.ForeignKey("servers.id"))
    kind: Mapped[str] = mapped_column(sa.String(32))
    status: Mapped[str] = mapped_column(sa.String(32))
    source_host: Mapped[str] = mapped_column(sa.String(255))
    dest_host: Mapped[str] = mapped_column(sa.String(255))
    old_flavor: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    new_flavor: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    old_status: Mapped[str] = mapped_column(sa.String(32))
    user_id: Mapped[str | None] = mapped_column(sa.String(64))
    project_id: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]


class Flavor(Base):
    """A size that servers come in."""

    __tablename__ = "flavors"

    id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    description: Mapped[str | None] = mapped_column(sa.Text)
    vcpus: Mapped[int]
    memory_mib: Mapped[int]
    disk_gib: Mapped[int]
    ephemeral_gib: Mapped[int] = mapped_column(default=0)
    swap_mib: Mapped[int] = mapped_column(default=0)
    rxtx_factor: Mapped[float] = mapped_column(default=1.0)
    is_public: Mapped[bool] = mapped_column(default=True)
    disabled: Mapped[bool] = mapped_column(default=False)
    extra_specs: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[dt.datetime]


class FlavorAccess(Base):
    """A project that may use a flavor that is not public."""

    __tablename__ = "flavor_access"

    flavor_id: Mapped[str] = mapped_column(sa.ForeignKey("flavors.id"), primary_key=True)
    project_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)


class Keypair(Base):
    """A user's public key.  number: the id that clients see."""

    __tablename__ = "keypairs"
    __table_args__ = (sa.UniqueConstraint("user_id", "name"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    user_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(255))
    kind: Mapped[str] = mapped_column(sa.String(8))
    public_key: Mapped[str] = mapped_column(sa.Text)
    fingerprint: Mapped[str] = mapped_column(sa.String(128))
    created_at: Mapped[dt.datetime]


class QuotaLimit(Base):
    """A limit that differs from the default.  project_id: `default` changes the default."""

    __tablename__ = "quota_limits"

    project_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    resource: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    hard_limit: Mapped[int]


class QuotaLock(Base):
    """One row a project, locked while its usage is counted, so two creates take turns."""

    __tablename__ = "quota_locks"

    project_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)


class ServerGroup(Base):
    """Servers that want to be on the same host, or on different ones."""

    __tablename__ = "server_groups"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    project_id: Mapped[str] = mapped_column(sa.String(64), index=True)
    user_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(255))
    policy: Mapped[str] = mapped_column(sa.String(32))
    max_server_per_host: Mapped[int | None]
    created_at: Mapped[dt.datetime]
