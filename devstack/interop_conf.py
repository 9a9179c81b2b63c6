"""The suites' configuration file: what this cloud is, and what it can do."""

import pathlib
from collections.abc import Mapping

from devstack import demo, settings
from devstack.interop_cloud import SHARED, STACKS, STACKS_NETWORK, Facts

Sections = dict[str, Mapping[str, object]]
HEAD = "Written by devstack/interop."
DOMAIN = "Default"
BUILD_TIMEOUT_S = 120
HIDDEN_TAG = "data-processing-cluster"  # of [orchestration] hidden_stack_tags
ABLE = (
    *("resize", "pause", "suspend", "shelve", "rescue", "snapshot", "interface_attach"),
    *("console_output", "metadata_service", "hostname_fqdn_sanitization"),
    *("attach_encrypted_volume", "swap_volume"),
)
UNABLE = (*("change_password", "personality", "spice_console", "serial_console"),)
VOLUME_VERSION = "3.71"
MOVING = ("cold_migration", "live_migration", "block_migration_for_live_migration")


def write(directory: pathlib.Path, facts: Facts, *, logins: bool) -> None:
    """Write tempest.conf into a directory, for its owner alone.

    logins: whether tests log in to guests.
    """
    for name in ("logs", "locks"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    found: Sections = {
        "DEFAULT": {
            "log_dir": directory / "logs",
            "log_file": "tempest.log",
            "debug": True,
            "resource_name_prefix": "tempest",
        },
        "oslo_concurrency": {"lock_path": directory / "locks"},
    }
    found |= people(facts) | services(facts) | guests(facts, logins) | stacks(facts)
    settings.private(directory / "tempest.conf", settings.render(found, HEAD))


def people(facts: Facts) -> Sections:
    """Return whom the suites log in as, and what identity does."""
    return {
        "auth": {
            "use_dynamic_credentials": True,
            "create_isolated_networks": True,
            "default_credentials_domain_name": DOMAIN,
            "admin_username": "admin",
            "admin_password": facts.admin_password,
            "admin_project_name": "admin",
            "admin_domain_name": DOMAIN,
            "admin_user_domain_name": DOMAIN,
            "admin_project_domain_name": DOMAIN,
        },
        "identity": {
            "uri_v3": facts.auth_url,
            "auth_version": "v3",
            "region": facts.region,
            "v3_endpoint_type": "public",
            "default_domain_id": "default",
            "user_lockout_failure_attempts": 2,
            "user_lockout_duration": 5,
            "user_unique_last_password_count": 2,
            "user_minimum_password_age": 0,
        },
        "identity-feature-enabled": {
            "api_v2": False,
            "api_v2_admin": False,
            "api_v3": True,
            "trust": True,
            "security_compliance": facts.compliance,
            "access_rules": True,
        },
        "enforce_scope": {
            "nova": True,
            "neutron": True,
            "glance": True,
            "keystone": False,
            "placement": True,
            "cinder": True,
        },
    }


def services(facts: Facts) -> Sections:
    """Return which services there are, and what those without guests do."""
    names = ("nova", "neutron", "glance", "heat", "cinder")
    present: dict[str, object] = dict.fromkeys(names, True)
    absent = dict.fromkeys(("swift", "horizon", "barbican"), False)
    return {
        "service_available": present | absent,
        "image": {
            "build_timeout": BUILD_TIMEOUT_S,
            "http_image": facts.web_image,
            "http_qcow2_image": facts.web_image,
            "disk_formats": "qcow2,raw,ami,ari,aki,vhd,vmdk,vdi,iso,vhdx",
            "container_formats": "bare,ami,ari,aki,ovf,ova",
        },
        "image-feature-enabled": {
            "api_v2": True,
            "import_image": True,
            "os_glance_reserved": True,
            "http_store_enabled": True,
            "manage_locations": True,
            "do_secure_hash": True,
            "store_weight_enabled": True,
            "image_format_enforcement": facts.format_match,
        },
        "network": {
            "project_network_cidr": "10.100.0.0/16",
            "project_network_mask_bits": 28,
            "project_network_v6_cidr": "2001:db8::/48",
            "project_network_v6_mask_bits": 64,
            "public_network_id": facts.public_network[0],
            "floating_network_name": facts.public_network[1],
            "project_networks_reachable": False,
            "build_timeout": BUILD_TIMEOUT_S,
        },
        "network-feature-enabled": {
            "ipv6": True,
            "ipv6_subnet_attributes": True,
            "floating_ips": True,
            "port_security": "port-security" in facts.extensions,
            "api_extensions": ",".join(facts.extensions),
        },
        "placement": {"max_microversion": facts.placement_version},
        "volume": {
            "catalog_type": "block-storage",
            "build_timeout": BUILD_TIMEOUT_S,
            "volume_size": 1,
            "max_microversion": VOLUME_VERSION,
            "storage_protocol": "file",
            "vendor_name": "Cumulet",
            "backup_driver": "posix",
            "volume_type_multiattach": SHARED,
        },
        "volume-feature-enabled": {
            "multi_backend": False,
            "backup": True,
            "snapshot": True,
            "clone": True,
            "manage_snapshot": True,
            "manage_volume": True,
            "extend_attached_volume": True,
            "extend_attached_encrypted_volume": True,
            "volume_revert": True,
        },
    }


def guests(facts: Facts, logins: bool) -> Sections:
    """Return what servers can do, and how one is logged in to."""
    moves = facts.hosts > 1
    able = dict.fromkeys(ABLE, True) | dict.fromkeys(UNABLE, False)
    able |= dict.fromkeys(MOVING, moves)
    # A container has the config drive's files, and no device.
    machine = ("volume_multiattach", "config_drive", "stable_rescue", "vnc_console")
    able |= dict.fromkeys(machine, facts.guest == "kvm")
    return {
        "compute": {
            "image_ref": facts.images[0][0],
            "image_ref_alt": facts.images[1][0],
            "flavor_ref": facts.flavors[0][0],
            "flavor_ref_alt": facts.flavors[1][0],
            "build_timeout": BUILD_TIMEOUT_S,
            "min_compute_nodes": max(1, facts.hosts),
            "max_microversion": facts.compute_version,
        },
        "compute-feature-enabled": able,
        "validation": {
            "run_validation": logins,
            "connect_method": "floating",
            "auth_method": "keypair",
            "ip_version_for_ssh": 4,
            "image_ssh_user": demo.USER,
            "image_alt_ssh_user": demo.USER,
            "ssh_timeout": 120,
            "ping_timeout": 60,
            "connect_timeout": 20,
            "ssh_key_type": "ecdsa",
        },
        "scenario": {"dhcp_client": "udhcpc"},
    }


def stacks(facts: Facts) -> Sections:
    """Return what the orchestration tests are told."""
    return {
        "heat_plugin": {
            "auth_url": facts.auth_url,
            "auth_version": "3",
            "region": facts.region,
            "username": STACKS,
            "password": facts.stacks_password,
            "project_name": STACKS,
            "user_domain_name": DOMAIN,
            "project_domain_name": DOMAIN,
            "admin_username": "admin",
            "admin_password": facts.admin_password,
            "admin_project_name": "admin",
            "image_ref": facts.images[0][1],
            "minimal_image_ref": facts.images[0][1],
            "instance_type": facts.flavors[1][1],
            "minimal_instance_type": facts.flavors[0][1],
            "fixed_network_name": STACKS_NETWORK["name"],
            "fixed_subnet_name": STACKS_NETWORK["name"],
            "network_for_ssh": STACKS_NETWORK["name"],
            "floating_network_name": facts.public_network[1],
            "hidden_stack_tag": HIDDEN_TAG,
            "build_timeout": BUILD_TIMEOUT_S,
            "ssh_timeout": 120,
            "connectivity_timeout": 60,
            "skip_functional_test_list": "ZaqarSignalTransportTest, ZaqarWaitConditionTest, "
            "ZaqarEventSinkTest",
        },
    }
