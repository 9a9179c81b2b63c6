"""Hosts are filtered, weighed, and a no is explained."""

import dataclasses

from compute.scheduler import request
from compute.scheduler.choice import Candidate, Wanted, choose

SMALL = Candidate(
    provider_id="p1",
    generation=1,
    host="one",
    up=True,
    enabled=True,
    zone="nova",
    free={"VCPU": 4, "MEMORY_MB": 1024, "DISK_GB": 20},
    max_unit={"VCPU": 8, "MEMORY_MB": 4096, "DISK_GB": 40},
    traits=frozenset({"CUSTOM_GUEST_KVM"}),
)
BIG = dataclasses.replace(
    SMALL, host="two", free={"VCPU": 4, "MEMORY_MB": 1536, "DISK_GB": 20}, zone="east"
)
WANTED = Wanted(resources={"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 1}, kind="kvm")


def hosts(verdict):
    return [candidate.host for candidate in verdict.fitting]


def test_the_host_with_the_most_free_memory_comes_first():
    assert hosts(choose([SMALL, BIG], WANTED)) == ["two", "one"]


def test_too_little_memory_is_named_with_the_nearest_that_would_work():
    wanted = dataclasses.replace(WANTED, resources={"MEMORY_MB": 2048})
    verdict = choose([SMALL, BIG, BIG], wanted)
    assert verdict.fitting == []
    assert verdict.nearest == (
        "No host has 2048 MiB of memory free; the most is 1536 on 2 of 3 hosts."
    )
    assert verdict.passed[0] == ("all", 3)
    assert verdict.passed[-1] == ("MEMORY_MB", 0)


def test_a_server_bigger_than_any_host_does_not_fit_however_much_is_free_on_paper():
    wanted = dataclasses.replace(WANTED, resources={"VCPU": 9})
    wide = dataclasses.replace(SMALL, free={"VCPU": 32})
    assert "9 virtual CPUs" in choose([wide], wanted).nearest


def test_hosts_that_are_down_or_disabled_are_counted():
    down = dataclasses.replace(SMALL, up=False)
    off = dataclasses.replace(SMALL, enabled=False)
    verdict = choose([down, off], WANTED)
    assert verdict.nearest == "Of 2 hosts 1 are down and 1 are disabled."


def test_no_reported_host_is_said_so():
    assert "No host has reported" in choose([], WANTED).nearest


def test_a_kind_nobody_runs_names_the_kinds_that_are_run():
    wanted = dataclasses.replace(WANTED, kind="container")
    assert choose([SMALL], wanted).nearest.endswith("those that are up run: kvm.")


def test_a_zone_without_hosts_names_the_zones_with_some():
    wanted = dataclasses.replace(WANTED, zone="west")
    assert choose([SMALL, BIG], wanted).nearest == (
        "No host is in zone west; there are hosts in: east, nova."
    )


def test_required_and_forbidden_traits_choose():
    fast = dataclasses.replace(BIG, traits=BIG.traits | {"CUSTOM_FAST"})
    required = dataclasses.replace(WANTED, required=frozenset({"CUSTOM_FAST"}))
    forbidden = dataclasses.replace(WANTED, forbidden=frozenset({"CUSTOM_FAST"}))
    assert hosts(choose([SMALL, fast], required)) == ["two"]
    assert hosts(choose([SMALL, fast], forbidden)) == ["one"]


def test_anti_affinity_leaves_the_hosts_without_a_member_and_affinity_the_one_with():
    apart = dataclasses.replace(WANTED, policy="anti-affinity", on_hosts={"two": 1})
    together = dataclasses.replace(WANTED, policy="affinity", on_hosts={"one": 1})
    assert hosts(choose([SMALL, BIG], apart)) == ["one"]
    assert hosts(choose([SMALL, BIG], together)) == ["one"]


def test_soft_affinity_prefers_and_never_refuses():
    soft = dataclasses.replace(WANTED, policy="soft-affinity", on_hosts={"one": 2})
    assert hosts(choose([SMALL, BIG], soft)) == ["one", "two"]


def test_the_image_says_the_kind_then_the_flavor_and_else_it_is_kvm():
    flavor = {"extra_specs": {"capabilities:hypervisor_type": "s== lxc"}}
    assert request.kind_of(flavor, {"properties": {"img_hv_type": "qemu"}}) == "kvm"
    assert request.kind_of(flavor, {"properties": {}}) == "container"
    assert request.kind_of({"extra_specs": {}}, {"properties": {}}) == "kvm"
    required = {"extra_specs": {"trait:CUSTOM_GUEST_CONTAINER": "required"}}
    assert request.kind_of(required, {"properties": {}}) == "container"


def test_swap_and_ephemeral_disks_are_claimed_too():
    flavor = {"vcpus": 1, "ram": 512, "disk": 1, "ephemeral": 2, "swap": 1025}
    assert request.resources_of(flavor) == {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 5}
