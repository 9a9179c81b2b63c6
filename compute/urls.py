"""The URL tables of Compute and Placement."""

from common.http import Route
from common.policy import Policy
from compute.api import (
    actions,
    aggregates,
    consoles,
    details,
    extensions,
    external_events,
    flavors,
    floating_ips,
    guest_actions,
    hosts,
    images,
    interfaces,
    keypairs,
    migrations,
    network_actions,
    networks,
    old_hosts,
    older_nodes,
    placement,
    placement_allocations,
    placement_parts,
    placement_words,
    projects,
    removed,
    resizes,
    security_groups,
    server_parts,
    servers,
    shelves,
    snapshots,
    versions,
    volume_attachments,
    volumes,
    volumes_boot,
)
from compute.logic.services import Services
from compute.views import volumes as volume_views

_SERVER = "/v2.1/servers/{server_id}"


def compute_routes(policy: Policy, services: Services) -> list[Route]:
    """Return the URL table of Compute v2.1."""
    return [
        *_version_routes(),
        *_server_routes(policy, services),
        *_flavor_routes(policy, services),
        *_project_routes(policy, services),
        *_host_routes(policy, services),
        *_network_routes(policy, services),
        *_image_routes(policy, services),
        *_older_routes(policy, services),
    ]


def _server_routes(policy: Policy, services: Services) -> list[Route]:
    listing = servers.ServersResource(policy, services.creation, services.servers)
    one = _SERVER
    others = network_actions.NetworkActions(policy, services.floating_ips, services.addresses)
    action = actions.ActionResource(
        policy,
        services.servers,
        services.console,
        services.groups,
        services.rebuilding,
        snapshots.SnapshotActions(services.snapshots),
        others,
        guest_actions.GuestActions(
            services.rescuing, services.passwords, services.servers, services.restoring
        ),
        consoles.ConsoleActions(policy, services.consoles),
        shelves.ShelveActions(policy, services.shelving),
        resizes.ResizeActions(policy, services.resizing, services.moving),
    )
    metadata = details.MetadataResource(policy, services.details)
    tags = details.TagsResource(policy, services.tags)
    addresses = server_parts.AddressesResource(policy, services.servers)
    asked = server_parts.ServerActionsResource(policy, services.servers)
    ports = interfaces.InterfacesResource(policy, services.interfaces)
    groups = security_groups.ServerSecurityGroupsResource(policy, services.groups)
    password = server_parts.PasswordResource(policy, services.servers)
    attachments = volume_attachments.AttachmentsResource(
        policy, services.devices, services.swapping
    )
    figures = server_parts.DiagnosticsResource(policy, services.diagnostics)
    moving = migrations.ServerMigrationsResource(policy, services.servers)
    remote = consoles.RemoteConsolesResource(policy, services.consoles)
    tokens = consoles.TokensResource(policy, services.consoles)
    shares = volumes.SharesResource(policy, services.servers)
    return [
        Route("/v2.1/servers", listing),
        Route("/v2.1/servers/detail", listing, suffix="detail"),
        Route(one, servers.ServerResource(policy, services.servers)),
        Route(f"{one}/action", action),
        Route(f"{one}/metadata", metadata),
        Route(f"{one}/metadata/{{key}}", metadata, suffix="one"),
        Route(f"{one}/tags", tags),
        Route(f"{one}/tags/{{tag}}", tags, suffix="one"),
        Route(f"{one}/ips", addresses),
        Route(f"{one}/ips/{{label}}", addresses, suffix="one"),
        Route(f"{one}/os-security-groups", groups),
        Route(f"{one}/os-instance-actions", asked),
        Route(f"{one}/os-instance-actions/{{request_id}}", asked, suffix="one"),
        Route(f"{one}/os-interface", ports),
        Route(f"{one}/os-interface/{{port_id}}", ports, suffix="one"),
        Route(f"{one}/os-server-password", password),
        Route(f"{one}/os-volume_attachments", attachments),
        Route(f"{one}/os-volume_attachments/{{volume_id}}", attachments, suffix="one"),
        Route(f"{one}/diagnostics", figures),
        Route(f"{one}/remote-consoles", remote),
        Route("/v2.1/os-console-auth-tokens/{token}", tokens),
        Route(f"{one}/migrations", moving),
        Route(f"{one}/migrations/{{migration_id}}", moving, suffix="one"),
        Route(f"{one}/migrations/{{migration_id}}/action", moving, suffix="action"),
        Route(f"{one}/shares", shares),
        Route(f"{one}/shares/{{share_id}}", shares, suffix="one"),
        Route(f"{one}/topology", server_parts.TopologyResource(policy, services.servers)),
    ]


def _flavor_routes(policy: Policy, services: Services) -> list[Route]:
    flavor = flavors.FlavorsResource(policy, services.flavors)
    specs = flavors.ExtraSpecsResource(policy, services.flavors)
    keys = keypairs.KeypairsResource(policy, services.keypairs)
    one = "/v2.1/flavors/{flavor_id}"
    return [
        Route("/v2.1/flavors", flavor),
        Route("/v2.1/flavors/detail", flavor, suffix="detail"),
        Route(one, flavor, suffix="one"),
        Route(f"{one}/action", flavor, suffix="action"),
        Route(f"{one}/os-flavor-access", flavor, suffix="access"),
        Route(f"{one}/os-extra_specs", specs),
        Route(f"{one}/os-extra_specs/{{key}}", specs, suffix="one"),
        Route("/v2.1/os-keypairs", keys),
        Route("/v2.1/os-keypairs/{name}", keys, suffix="one"),
    ]


def _project_routes(policy: Policy, services: Services) -> list[Route]:
    quotas = projects.QuotasResource(policy, services.quotas)
    classes = projects.QuotaClassesResource(policy, services.quotas)
    usage = projects.UsageResource(policy, services.usage)
    groups = projects.ServerGroupsResource(policy, services.server_groups)
    quota = "/v2.1/os-quota-sets/{project_id}"
    return [
        Route(quota, quotas),
        Route(f"{quota}/defaults", quotas, suffix="defaults"),
        Route(f"{quota}/detail", quotas, suffix="detail"),
        Route("/v2.1/os-quota-class-sets/{name}", classes),
        Route("/v2.1/limits", projects.LimitsResource(policy, services.quotas)),
        Route("/v2.1/os-simple-tenant-usage", usage),
        Route("/v2.1/os-simple-tenant-usage/{project_id}", usage, suffix="one"),
        Route("/v2.1/os-server-groups", groups),
        Route("/v2.1/os-server-groups/{group_id}", groups, suffix="one"),
    ]


def _host_routes(policy: Policy, services: Services) -> list[Route]:
    service = hosts.ServicesResource(policy, services.hosts)
    hypervisor = hosts.HypervisorsResource(policy, services.hosts)
    zones = hosts.ZonesResource(policy, services.hosts)
    extension = extensions.ExtensionsResource(policy)
    groups = aggregates.AggregatesResource(policy, services.aggregates)
    at = "/v2.1/os-hypervisors"
    return [
        Route("/v2.1/os-aggregates", groups),
        Route("/v2.1/os-aggregates/{number}", groups, suffix="one"),
        Route("/v2.1/os-aggregates/{number}/action", groups, suffix="action"),
        Route("/v2.1/os-aggregates/{number}/images", groups, suffix="images"),
        Route("/v2.1/os-services", service),
        Route("/v2.1/os-services/{name}", service, suffix="one"),
        Route(at, hypervisor),
        Route(f"{at}/detail", hypervisor, suffix="detail"),
        Route(f"{at}/statistics", hypervisor, suffix="statistics"),
        Route(f"{at}/{{host_id}}", hypervisor, suffix="one"),
        Route(f"{at}/{{host_id}}/uptime", hypervisor, suffix="uptime"),
        Route(f"{at}/{{host_id}}/search", hypervisor, suffix="search"),
        Route(f"{at}/{{host_id}}/servers", hypervisor, suffix="servers"),
        Route("/v2.1/os-availability-zone", zones),
        Route("/v2.1/os-availability-zone/detail", zones, suffix="detail"),
        Route("/v2.1/extensions", extension),
        Route("/v2.1/extensions/{alias}", extension, suffix="one"),
    ]


def _network_routes(policy: Policy, services: Services) -> list[Route]:
    groups = security_groups.SecurityGroupsResource(policy, services.security_groups)
    rules = security_groups.RulesResource(policy, services.security_groups)
    tenant = networks.TenantNetworksResource(policy, services.networks)
    every = networks.NetworksResource(policy, services.networks)
    floating = floating_ips.FloatingIpsResource(policy, services.floating_ips)
    return [
        Route("/v2.1/os-networks", every),
        Route("/v2.1/os-networks/{network_id}", every, suffix="one"),
        Route("/v2.1/os-floating-ips", floating),
        Route("/v2.1/os-floating-ips/{floating_id}", floating, suffix="one"),
        Route("/v2.1/os-floating-ip-pools", floating, suffix="pools"),
        Route("/v2.1/os-tenant-networks", tenant),
        Route("/v2.1/os-tenant-networks/{network_id}", tenant, suffix="one"),
        Route("/v2.1/os-security-groups", groups),
        Route("/v2.1/os-security-groups/{group_id}", groups, suffix="one"),
        Route("/v2.1/os-security-group-rules", rules),
        Route("/v2.1/os-security-group-rules/{rule_id}", rules, suffix="one"),
    ]


def _image_routes(policy: Policy, services: Services) -> list[Route]:
    image = images.ImagesResource(policy, services.images)
    properties = images.ImageMetadataResource(policy, services.images)
    one = "/v2.1/images/{image_id}"
    return [
        Route("/v2.1/images", image),
        Route("/v2.1/images/detail", image, suffix="detail"),
        Route(one, image, suffix="one"),
        Route(f"{one}/metadata", properties),
        Route(f"{one}/metadata/{{key}}", properties, suffix="one"),
    ]


def _older_routes(policy: Policy, services: Services) -> list[Route]:
    host = old_hosts.HostsResource(policy, services.hosts)
    audit = old_hosts.UsageAuditResource(policy, services.hosts)
    volume = volumes.VolumesResource(policy, services.volumes, volume_views.VOLUME)
    snapshot = volumes.VolumesResource(policy, services.volumes, volume_views.SNAPSHOT)
    assisted = volumes.AssistedSnapshotsResource(policy, services.assisting)
    nodes = older_nodes.BaremetalResource(policy)
    gone = removed.RemovedResource(policy)
    parts = {route.path: route.resource for route in _server_routes(policy, services)}
    boot = volumes_boot.VolumesBootResource(
        policy, parts["/v2.1/servers"], parts[_SERVER], parts[f"{_SERVER}/action"]
    )
    events = external_events.ExternalEventsResource(policy, services.external_events)
    return [
        Route("/v2.1/os-baremetal-nodes", nodes),
        Route("/v2.1/os-baremetal-nodes/{node_id}", nodes),
        Route("/v2.1/os-baremetal-nodes/{node_id}/action", nodes),
        Route("/v2.1/os-migrations", migrations.MigrationsResource(policy, services.migrations)),
        Route("/v2.1/os-hosts", host),
        Route("/v2.1/os-hosts/{name}", host, suffix="one"),
        Route("/v2.1/os-hosts/{name}/{verb}", host, suffix="power"),
        Route("/v2.1/os-instance_usage_audit_log", audit),
        Route("/v2.1/os-instance_usage_audit_log/{before}", audit, suffix="one"),
        Route("/v2.1/os-server-external-events", events),
        Route("/v2.1/os-volumes_boot", boot),
        Route("/v2.1/os-volumes_boot/detail", boot, suffix="detail"),
        Route("/v2.1/os-volumes_boot/{server_id}", boot, suffix="one"),
        Route("/v2.1/os-volumes_boot/{server_id}/action", boot, suffix="action"),
        Route("/v2.1/os-volumes", volume),
        Route("/v2.1/os-volumes/detail", volume),
        Route("/v2.1/os-volumes/{one_id}", volume, suffix="one"),
        Route("/v2.1/os-snapshots", snapshot),
        Route("/v2.1/os-snapshots/detail", snapshot),
        Route("/v2.1/os-snapshots/{one_id}", snapshot, suffix="one"),
        Route("/v2.1/os-assisted-volume-snapshots", assisted),
        Route("/v2.1/os-assisted-volume-snapshots/{snapshot_id}", assisted, suffix="one"),
        *(Route(f"/v2.1{path}", gone) for path in removed.PATHS),
    ]


def _version_routes() -> list[Route]:
    current = versions.VersionResource("v2.1")
    old = versions.VersionResource("v2.0")
    return [
        Route("/", versions.RootResource(), public=True),
        Route("/v2.1", current, public=True),
        Route("/v2.1/", current, public=True),
        Route("/v2", old, public=True),
        Route("/v2/", old, public=True),
    ]


def placement_routes(policy: Policy, services: Services) -> list[Route]:
    """Return the URL table of Placement."""
    ledger, reader = services.ledger, services.placement
    providers = placement.ProvidersResource(policy, reader)
    inventories = placement_parts.InventoriesResource(policy, reader, ledger)
    parts = placement_parts.ProviderPartsResource(policy, reader)
    held = placement_allocations.AllocationsResource(policy, reader, ledger)
    traits = placement_words.TraitsResource(policy, reader)
    classes = placement_words.ClassesResource(policy, reader)
    one = "/resource_providers/{provider_id}"
    names = ("traits", "aggregates", "usages", "allocations")
    return [
        Route("/", placement.RootResource(), public=True),
        Route("/resource_providers", providers),
        Route(one, providers, suffix="one"),
        Route(f"{one}/inventories", inventories),
        Route(f"{one}/inventories/{{name}}", inventories, suffix="one"),
        *(Route(f"{one}/{name}", parts, suffix=name) for name in names),
        Route("/allocations", held),
        Route("/allocations/{consumer_id}", held, suffix="one"),
        Route("/reshaper", held, suffix="reshape"),
        Route("/usages", placement_allocations.UsagesResource(policy, reader)),
        Route("/allocation_candidates", placement.CandidatesResource(policy, reader)),
        Route("/traits", traits),
        Route("/traits/{name}", traits, suffix="one"),
        Route("/resource_classes", classes),
        Route("/resource_classes/{name}", classes, suffix="one"),
    ]
