"""The network service's errors; the class's name is the `type` a client reads."""

from common import errors


class InvalidInput(errors.BadRequest):
    message = "Invalid input for operation: {reason}."


class NetworkNotFound(errors.NotFound):
    message = "Network {network_id} could not be found."


class SubnetNotFound(errors.NotFound):
    message = "Subnet {subnet_id} could not be found."


class PortNotFound(errors.NotFound):
    message = "Port {port_id} could not be found."


class RouterNotFound(errors.NotFound):
    message = "Router {router_id} could not be found."


class FloatingIPNotFound(errors.NotFound):
    message = "Floating IP {floatingip_id} could not be found."


class SecurityGroupNotFound(errors.NotFound):
    message = "Security group {security_group_id} does not exist."


class SecurityGroupRuleNotFound(errors.NotFound):
    message = "Security group rule {rule_id} does not exist."


class ExtensionNotFound(errors.NotFound):
    message = "Extension with alias {alias} does not exist."


class TagNotFound(errors.NotFound):
    message = "Tag {tag} could not be found."


class NotYours(errors.Forbidden):
    message = "{what} {resource_id} belongs to another project, which alone may change it."


class AdminOnly(errors.Forbidden):
    message = "The attribute {attribute} is for administrators."


class OverQuota(errors.Conflict):
    message = (
        "Quota exceeded for resources: ['{resource}']. The project has {used} of {limit}, and "
        "{wanted} more were asked for."
    )


class NetworkInUse(errors.Conflict):
    message = (
        "Unable to complete operation on network {network_id}. There are one or more ports still "
        "in use on the network, id for these ports is {ports}."
    )


class SubnetInUse(errors.Conflict):
    message = "Unable to complete operation on subnet {subnet_id}: {reason}"


class FlatNetworkInUse(errors.Conflict):
    message = "Unable to create the flat network. Physical network {physical_network} is in use."


class VlanIdInUse(errors.Conflict):
    message = "The VLAN {vlan_id} on physical network {physical_network} is in use."


class OverlappingAllocationPools(errors.Conflict):
    message = "Found overlapping allocation pools {pool_1} and {pool_2} for subnet {cidr}."


class OutOfBoundsAllocationPool(errors.BadRequest):
    message = "The allocation pool {pool} spans beyond the subnet cidr {cidr}."


class InvalidAllocationPool(errors.BadRequest):
    message = "The allocation pool {pool} is not valid."


class GatewayConflictWithAllocationPools(errors.Conflict):
    message = "Gateway ip {address} conflicts with allocation pool {pool}."


class GatewayIpInUse(errors.Conflict):
    message = "Current gateway ip {address} already in use by port {port_id}. Unable to update."


class IpAddressGenerationFailure(errors.Conflict):
    message = "No more IP addresses available on network {network_id}. {detail}"


class IpAddressAlreadyAllocated(errors.Conflict):
    message = "IP address {address} already allocated in subnet {subnet_id}."


class InvalidIpForNetwork(errors.BadRequest):
    message = "IP address {address} is not a valid IP for any of the subnets on the network."


class InvalidIpForSubnet(errors.BadRequest):
    message = "IP address {address} is not a valid IP for the specified subnet {subnet_id}."


class MacAddressInUse(errors.Conflict):
    message = "The mac address {mac} is in use on network {network_id}."


class PortInUse(errors.Conflict):
    message = "Unable to complete operation on port {port_id}. Device {device_id} is using it."


class ServicePortInUse(errors.Conflict):
    message = (
        "Port {port_id} cannot be deleted directly via the port API: it has device owner "
        "{device_owner}."
    )


class PortSecurityAndIPRequiredForSecurityGroups(errors.BadRequest):
    message = "Port security must be enabled for a port to have security groups."


class AddressPairAndPortSecurityRequired(errors.Conflict):
    message = "Port Security must be enabled in order to have allowed address pairs on a port."


class RouterInUse(errors.Conflict):
    message = "Router {router_id} still has ports: {ports}."


class RouterInterfaceNotFound(errors.NotFound):
    message = "Router {router_id} does not have an interface with id {port_id}."


class RouterInterfaceNotFoundForSubnet(errors.NotFound):
    message = "Router {router_id} has no interface on subnet {subnet_id}."


class RouterInterfaceInUseByFloatingIP(errors.Conflict):
    message = (
        "Router interface for subnet {subnet_id} on router {router_id} cannot be deleted, as it is "
        "required by one or more floating IPs."
    )


class RouterInterfaceInUseByRoute(errors.Conflict):
    message = (
        "Router interface for subnet {subnet_id} on router {router_id} cannot be deleted, as it is "
        "required by one or more routes."
    )


class RouterExternalGatewayInUseByFloatingIp(errors.Conflict):
    message = (
        "Gateway cannot be updated for router {router_id}, since a gateway to external network "
        "{network_id} is required by one or more floating IPs."
    )


class InvalidRoutes(errors.BadRequest):
    message = "Invalid format for routes: {routes}, {reason}"


class ExternalGatewayForFloatingIPNotFound(errors.NotFound):
    message = (
        "External network {network_id} is not reachable from subnet {subnet_id}. Therefore, cannot "
        "associate Port {port_id} with a Floating IP."
    )


class FloatingIPPortAlreadyAssociated(errors.Conflict):
    message = (
        "Cannot associate floating IP {address} with port {port_id} using fixed IP {fixed}, as "
        "that fixed IP already has a floating IP on external network {network_id}."
    )


class SecurityGroupInUse(errors.Conflict):
    message = "Security Group {security_group_id} in use by {count} ports."


class SecurityGroupDefaultAlreadyExists(errors.Conflict):
    message = "Default security group already exists."


class SecurityGroupCannotUpdateDefault(errors.Conflict):
    message = "Updating default security group not allowed."


class SecurityGroupCannotRemoveDefault(errors.Conflict):
    message = "Insufficient rights for removing default security group."


class SecurityGroupRuleExists(errors.Conflict):
    message = "Security group rule already exists. Rule id is {rule_id}."


class SecurityGroupInvalidProtocol(errors.BadRequest):
    message = (
        "Security group rule protocol {protocol} not supported; names or 0 to 255 are supported."
    )


class SecurityGroupInvalidPortRange(errors.BadRequest):
    message = "For TCP/UDP/SCTP protocols, port_range_min must be <= port_range_max."


class SecurityGroupInvalidPortValue(errors.BadRequest):
    message = "Invalid value for port {port}; ports are 1 to 65535."


class SecurityGroupInvalidIcmpValue(errors.BadRequest):
    message = "Invalid value for ICMP {field}: {value}. It must be from 0 to 255."


class SecurityGroupMissingIcmpType(errors.BadRequest):
    message = (
        "ICMP code (port-range-max) {value} is provided but ICMP type (port-range-min) is missing."
    )


class SecurityGroupProtocolRequiredWithPorts(errors.BadRequest):
    message = "Must also specify protocol if port range is given."


class SecurityGroupRemoteGroupAndRemoteIpPrefix(errors.BadRequest):
    message = (
        "Only one of remote_ip_prefix, remote_group_id or remote_address_group_id may be provided."
    )


class SecurityGroupRuleParameterConflict(errors.BadRequest):
    message = "Conflicting value ethertype {ethertype} for CIDR {cidr}."


class SecurityGroupInvalidProtocolForPort(errors.BadRequest):
    message = "Invalid protocol {protocol} for port range, only TCP, UDP and SCTP have ports."


class RbacPolicyNotFound(errors.NotFound):
    message = "RBAC policy of type with ID {id} not found."


class RbacPolicyInUse(errors.Conflict):
    message = (
        "RBAC policy on object {object_id} cannot be removed because other objects depend on it: "
        "project {project_id} uses it."
    )


class DuplicateRbacPolicy(errors.Conflict):
    message = "An RBAC policy already exists for this {object_type} and the target {target}."


class RbacOwnerOnly(errors.BadRequest):
    message = "Only the owner of {object_type} {object_id} or an administrator can grant its use."


class AddressScopeNotFound(errors.NotFound):
    message = "Address scope {address_scope_id} could not be found."


class AddressScopeInUse(errors.Conflict):
    message = (
        "Unable to complete operation on address scope {address_scope_id}. There are one or more "
        "subnet pools in use on the address scope: {pools}."
    )


class AddressScopeUpdateError(errors.BadRequest):
    message = "Unable to update address scope {address_scope_id} : {reason}"


class SubnetPoolNotFound(errors.NotFound):
    message = "Subnet pool {subnetpool_id} could not be found."


class SubnetPoolInUse(errors.Conflict):
    message = "Unable to complete operation on subnet pool {subnetpool_id}. {reason}."


class SubnetPoolDeleteError(errors.Conflict):
    message = "Unable to delete subnet pool: {reason}."


class IllegalSubnetPoolPrefixBounds(errors.BadRequest):
    message = (
        "Illegal prefix bounds: {prefix_type}={prefixlen}, {base_prefix_type}={base_prefixlen}."
    )


class IllegalSubnetPoolPrefixUpdate(errors.BadRequest):
    message = "Illegal update to prefixes: {reason}"


class IllegalSubnetPoolUpdate(errors.BadRequest):
    message = "Illegal subnetpool update : {reason}."


class IllegalSubnetPoolIpVersionAssociationToAddressScope(errors.BadRequest):
    message = (
        "Illegal subnetpool association: subnetpool {subnetpool_id} cannot associate with address "
        "scope {address_scope_id} because subnetpool ip_version is not {ip_version}."
    )


class AddressScopePrefixConflict(errors.Conflict):
    message = (
        "Illegal subnetpool association: the prefix {prefix} overlaps with {other} of another "
        "subnet pool in address scope {address_scope_id}."
    )


class SubnetAllocationError(errors.Conflict):
    message = "Failed to allocate subnet: {reason}."


class MinPrefixSubnetAllocationError(errors.BadRequest):
    message = (
        "Unable to allocate subnet with prefix length {prefixlen}, minimum allowed prefix is "
        "{bound}."
    )


class MaxPrefixSubnetAllocationError(errors.BadRequest):
    message = (
        "Unable to allocate subnet with prefix length {prefixlen}, maximum allowed prefix is "
        "{bound}."
    )


class SubnetPoolQuotaExceeded(errors.Conflict):
    message = (
        "Per-tenant subnet pool prefix quota exceeded: the project holds {used} of {limit} units, "
        "and {wanted} more were asked for."
    )


class NetworkSubnetPoolAffinityError(errors.BadRequest):
    message = (
        "Subnets hosted on the same network must be allocated from the same subnet pool; network "
        "{network_id} has {other}."
    )


class NoDefaultSubnetPoolDefined(errors.NotFound):
    message = "No default subnet pool for IPv{ip_version} was found; name one by subnetpool_id."


class RevisionNumberConstraintFailed(errors.CloudError):
    status = 412
    message = "Constrained to {wanted}, but current revision is {current}."


class InvalidSubnetServiceType(errors.BadRequest):
    message = (
        "Subnet service type {service_type} does not correspond to a valid device owner, such as "
        "compute:nova or network:router_gateway."
    )


class QosPolicyNotFound(errors.NotFound):
    message = "QoS policy {policy_id} could not be found."


class QosRuleNotFound(errors.NotFound):
    message = "QoS rule {rule_id} for policy {policy_id} could not be found."


class QosRuleTypeNotFound(errors.NotFound):
    message = "QoS rule type {kind} could not be found; there are {known}."


class QosPolicyInUse(errors.Conflict):
    message = "QoS Policy {policy_id} is used by {object_type} {object_id}."


class QoSPolicyDefaultAlreadyExists(errors.Conflict):
    message = "A default QoS policy exists for project {project_id}: {policy_id}."


class QoSRulesConflict(errors.Conflict):
    message = (
        "Rule {kind} is in conflict with another {kind} rule of the same direction in QoS Policy "
        "{policy_id}."
    )


class PolicyRemoveAuthorizationError(errors.Forbidden):
    message = "The QoS policy {policy_id} was set by an administrator, who alone may remove it."


class TrunkNotFound(errors.NotFound):
    message = "Trunk {trunk_id} could not be found."


class SubPortNotFound(errors.NotFound):
    message = "SubPort on trunk {trunk_id} with parent port {port_id} could not be found."


class TrunkDisabled(errors.Conflict):
    message = "Trunk {trunk_id} is currently disabled."


class ParentPortInUse(errors.Conflict):
    message = "Port {port_id} is currently in use as a {used} port and is not eligible as parent."


class TrunkPortInUse(errors.Conflict):
    message = "Port {port_id} is in use by another trunk, as its {used} port."


class PortInUseByTrunk(errors.Conflict):
    message = "Port {port_id} is the {used} port of a trunk: take it from there first."


class DuplicateSubPort(errors.Conflict):
    message = (
        "segmentation_type {segmentation_type} and segmentation_id {segmentation_id} already in "
        "use on trunk {trunk_id}."
    )


class SubPortMtuGreaterThanTrunkPortMtu(errors.Conflict):
    message = (
        "MTU {port_mtu} of subport {port_id} cannot be greater than the trunk port's, {trunk_mtu}."
    )


class AgentNotFound(errors.NotFound):
    message = "Agent {id} could not be found."


class AgentAlive(errors.Conflict):
    message = "Agent {id} is alive; only one that is silent can be forgotten."


class AgentAlwaysUp(errors.BadRequest):
    message = "An agent of OVN cannot be put down; stop its daemon on its host."


class AddressGroupNotFound(errors.NotFound):
    message = "Address group {address_group_id} could not be found."


class AddressGroupInUse(errors.Conflict):
    message = "Address group {address_group_id} is in use by security group rule {rule_id}."


class AddressesNotFound(errors.NotFound):
    message = "Addresses {addresses} not found in the address group {address_group_id}."


class PortForwardingNotFound(errors.NotFound):
    message = "Port Forwarding {id} could not be found."


class FloatingIpInUse(errors.Conflict):
    message = "Floating IP {floating_ip_id} leads to port {port_id} as a whole."


class FipInUseByPortForwarding(errors.Conflict):
    message = (
        "Floating IP {floating_ip_id} in use by Port Forwarding resources: remove those first."
    )


class PortHasFloatingIp(errors.Conflict):
    message = (
        "Port {port_id} has the floating IP {floating_ip_id} for {address} already, so no port "
        "of another one can lead there."
    )


class RouterUpBeforeUpdate(errors.BadRequest):
    message = "Cannot change distributed of router {router_id} while its admin_state_up is true."
