"""KVM guests through libvirt; QEMU's own emulation where KVM does not run guest code."""
