"""Whether this host's KVM runs guest code, found out by running some.

/dev/kvm, KVM_CREATE_VM and libvirt's capabilities all say yes on hosts that emulate every guest
instruction.  So a child process runs a few instructions that stock kernels need, and a loop that
takes a processor 10 ms and an emulator much longer than the limit.
"""

import ctypes
import fcntl
import functools
import mmap
import os
import platform
import signal
import struct
import subprocess
import sys

LIMIT_S = 1.0
ROUNDS = 20_000_000
MEMORY = 2 << 20
EXIT_IO = 2

GET_API_VERSION, CREATE_VM, GET_VCPU_MMAP_SIZE = 0xAE00, 0xAE01, 0xAE04
CREATE_VCPU, SET_USER_MEMORY_REGION, SET_TSS_ADDR = 0xAE41, 0x4020AE46, 0xAE47
RUN, SET_REGS, GET_SREGS, SET_SREGS = 0xAE80, 0x4090AE82, 0x8138AE83, 0x4138AE84

# mov rdi,0x4000; lock cmpxchg16b [rdi]; mov ecx,ROUNDS; dec, jnz; out 0xf4,al; hlt
CODE = (
    bytes.fromhex("48c7c70040000031c031d231db31c9f0480fc70fb9")
    + struct.pack("<I", ROUNDS)
    + bytes.fromhex("ffc975fcb02ae6f4f4")
)


@functools.cache
def usable() -> bool:
    """Tell whether guests can use KVM here; the first answer is kept."""
    if platform.machine() != "x86_64":
        return os.access("/dev/kvm", os.R_OK | os.W_OK)
    child = [sys.executable, "-I", "-S", __file__]
    try:
        done = subprocess.run(child, stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def runs_guest_code() -> bool:
    """Run the probe's guest to its end, or LIMIT_S.  Raises OSError where there is no KVM."""
    libc = ctypes.CDLL(None, use_errno=True)
    kvm = os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC)
    if fcntl.ioctl(kvm, GET_API_VERSION, 0) != 12:
        return False
    machine = fcntl.ioctl(kvm, CREATE_VM, 0)
    # too large a number for fcntl.ioctl
    libc.ioctl(machine, ctypes.c_ulong(SET_TSS_ADDR), ctypes.c_ulong(0xFFFBD000))
    memory = _memory(machine)
    vcpu = fcntl.ioctl(machine, CREATE_VCPU, 0)
    shared = mmap.mmap(vcpu, fcntl.ioctl(kvm, GET_VCPU_MMAP_SIZE, 0))
    _long_mode(vcpu)
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.siginterrupt(signal.SIGALRM, True)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S, 0.05)
    result = libc.ioctl(vcpu, ctypes.c_ulong(RUN), 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    del memory
    return bool(result == 0 and struct.unpack_from("=I", shared, 8)[0] == EXIT_IO)


def _memory(machine: int) -> mmap.mmap:
    """Give the machine 2 MiB, mapped to themselves, with the code at 0x8000."""
    memory = mmap.mmap(-1, MEMORY)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    region = struct.pack("=IIQQQ", 0, 0, 0, MEMORY, address)
    fcntl.ioctl(machine, SET_USER_MEMORY_REGION, region)
    for where, entry in ((0x1000, 0x2007), (0x2000, 0x3007), (0x3000, 0x87)):
        memory[where : where + 8] = struct.pack("<Q", entry)
    memory[0x8000 : 0x8000 + len(CODE)] = CODE
    return memory


def _long_mode(vcpu: int) -> None:
    """Put the vcpu into 64-bit mode at the start of the code."""
    special = bytearray(312)
    fcntl.ioctl(vcpu, GET_SREGS, special)
    special[0:24] = _segment(8, 11, long=1, default=0)
    for index in range(1, 6):
        special[24 * index : 24 * index + 24] = _segment(16, 3, long=0, default=1)
    struct.pack_into("=QQQQ", special, 224, 0x80050033, 0, 0x1000, 0x620)  # cr0 cr2 cr3 cr4
    struct.pack_into("=Q", special, 264, 0x500)  # efer
    fcntl.ioctl(vcpu, SET_SREGS, bytes(special))
    registers = [0] * 18
    registers[6], registers[16], registers[17] = 0x7000, 0x8000, 2  # rsp rip rflags
    fcntl.ioctl(vcpu, SET_REGS, struct.pack("=18Q", *registers))


def _segment(selector: int, kind: int, *, long: int, default: int) -> bytes:
    fields = (0, 0xFFFFFFFF, selector, kind, 1, 0, default, 1, long, 1, 0, 0, 0)
    return struct.pack("=QIHBBBBBBBBBB", *fields)


def main() -> int:
    try:
        return 0 if runs_guest_code() else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
