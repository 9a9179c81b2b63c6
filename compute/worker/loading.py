"""Making the drivers that the options name, from plain values."""

import logging
import pathlib

from oslo_config import cfg

from common import config
from common.errors import CloudError
from compute.drivers.base import Consoles, Driver, Ports

LOG = logging.getLogger(__name__)


def ports(conf: cfg.ConfigOpts) -> Ports:
    """Return what plugs guests' ports: the switch of the data plane, or memory for fakes."""
    if list(conf.compute.drivers) == ["fake"]:
        from compute.drivers.ports import FakePorts

        return FakePorts()
    from compute.drivers.ports import OvsPorts

    programs = conf.compute.ovs_programs
    return OvsPorts(
        database=f"unix:{config.state_path(conf, 'ovn', 'db.sock')}",
        namespace=conf.tag,
        programs=pathlib.Path(programs) if programs else None,
    )


def drivers(conf: cfg.ConfigOpts, plugs: Ports) -> list[Driver]:
    """Return the drivers that this host can run; each that it can't is logged with its reason."""
    found = []
    for name in conf.compute.drivers:
        driver = _make(name, conf, plugs)
        try:
            driver.probe()
        except CloudError as error:
            LOG.error("this host runs no %s guests: %s", name, error)
            continue
        found.append(driver)
    return found


def _make(name: str, conf: cfg.ConfigOpts, plugs: Ports) -> Driver:
    state_dir = pathlib.Path(conf.state_dir)
    if name == "kvm":
        from compute.drivers.kvm.driver import KvmDriver

        socket = state_dir / "libvirt" / "run" / "libvirt-sock"
        return KvmDriver(
            state_dir=state_dir,
            ports=plugs,
            uri=f"qemu:///system?socket={socket}",
            virt_type=conf.compute.virt_type,
            devices=pathlib.Path("/run/cumulet/devices") / f"kvm-{conf.tag}",
            certificates=config.certificate_dir(conf),
        )
    if name == "container":
        from compute.drivers.container.driver import ContainerDriver

        return ContainerDriver(
            state_dir=state_dir,
            tag=conf.tag,
            ports=plugs,
            namespace=conf.tag,
            certificates=config.certificate_dir(conf),
        )
    if name == "fake":
        from compute.drivers.fake import FakeDriver

        return FakeDriver(ports=plugs)
    raise ValueError(f"there is no driver {name!r}; kvm, container and fake are the names")


def consoles(conf: cfg.ConfigOpts) -> list[Consoles]:
    """Return what opens the consoles of each kind of guest that the options name."""
    from compute.drivers.container.consoles import ContainerConsoles
    from compute.drivers.kvm.consoles import KvmConsoles

    state_dir = pathlib.Path(conf.state_dir).resolve()
    known: dict[str, Consoles] = {
        "kvm": KvmConsoles(state_dir),
        "container": ContainerConsoles(
            state_dir, pathlib.Path("/run/cumulet") / conf.tag, conf.tag
        ),
    }
    return [known[name] for name in conf.compute.drivers if name in known]
