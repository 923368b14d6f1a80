"""The filter's programs, run in a small interpreter: so both machines are tested on either."""

import itertools
import mmap
import os
import struct

import pytest

from enclave.engines.duckdb.calls import AUDIT_ARCHITECTURES, compile_filter

PID = 4242
ALLOWED, REFUSED, NOT_THERE, KILLED = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
MACHINES = list(AUDIT_ARCHITECTURES)

THREAD = 0x3D0F00  # what glibc's pthread_create passes to clone
VFORK = 0x4111  # CLONE_VM, CLONE_VFORK, SIGCHLD: posix_spawn


def verdict(program: bytes, machine: str, number: int, *arguments: int) -> int:
    """What the kernel would answer to one call."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    call = struct.pack("=IIQ6Q", number, AUDIT_ARCHITECTURES[machine], 0, *padded)
    steps = list(struct.iter_unpack("=HBBI", program))
    position = register = 0
    while True:
        code, then, otherwise, value = steps[position]
        position += 1
        match code:
            case 0x20:
                (register,) = struct.unpack_from("=I", call, value)
            case 0x54:
                register &= value
            case 0x15:
                position += then if register == value else otherwise
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(f"an instruction that is not ours: {code:#x}")


def program(machine: str, *, may_spill: bool = False) -> bytes:
    return compile_filter(machine, own_pid=PID, may_spill=may_spill)


# call: (x86_64, aarch64), arguments
PASSING = {
    "read": (0, 63, 0),
    "write to the channel": (1, 64, 0),
    "open for reading": (257, 56, 0, 0, os.O_RDONLY | os.O_CLOEXEC),
    "map memory": (9, 222, 0, 4096, mmap.PROT_READ | mmap.PROT_WRITE),
    "start a thread": (56, 220, THREAD),
    "abort itself": (234, 131, PID, PID, 6),
    "read its own limits": (302, 261, 0, 7, 0, 1),
    "name a thread": (157, 167, 15),
    "duplicate a descriptor": (72, 25, 3, 1030, 0),
    "look at a file": (262, 79, 0),
    "end": (231, 94, 0),
}
STOPPED = {
    "open for writing": (257, 56, 0, 0, os.O_WRONLY),
    "open for both": (257, 56, 0, 0, os.O_RDWR | os.O_CLOEXEC),
    "make a file": (257, 56, 0, 0, os.O_CREAT),
    "truncate a file": (257, 56, 0, 0, os.O_TRUNC),
    "make a nameless file": (257, 56, 0, 0, 0o20200000 | os.O_RDWR),
    "map executable memory": (9, 222, 0, 4096, mmap.PROT_READ | mmap.PROT_EXEC),
    "make memory executable": (10, 226, 0, 4096, mmap.PROT_EXEC),
    "fork": (56, 220, 17),
    "spawn": (56, 220, VFORK),
    "a thread in a new user namespace": (56, 220, THREAD | 0x10000000),
    "a thread in a new network": (56, 220, THREAD | 0x40000000),
    "memory shared, but no thread": (56, 220, 0x100),
    "kill": (62, 129, PID, 9),
    "signal another process": (234, 131, PID + 1, PID + 1, 6),
    "limit another process": (302, 261, PID + 1, 7, 1, 0),
    "become dumpable": (157, 167, 4, 1),
    "forget the parent": (157, 167, 1, 0),
    "own the signals of a descriptor": (72, 25, 0, 8, PID),
    "push text into a terminal": (16, 29, 0, 0x5412),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "sendmsg": (46, 211),
    "recvmsg": (47, 212),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "chdir": (80, 49),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "memfd_create": (319, 279),
    "keyctl": (250, 219),
    "seccomp": (317, 277),
    "setuid": (105, 146),
    "getdents64": (217, 61),
    "unlinkat": (263, 35),
    "renameat2": (316, 276),
    "linkat": (265, 37),
    "symlinkat": (266, 36),
    "mkdirat": (258, 34),
    "ftruncate": (77, 46),
    "pwrite64": (18, 68),
    "a call of the future": (999, 999),
    "a negative call": (0xFFFFFFFF, 0xFFFFFFFF),
}


@pytest.mark.parametrize(("machine", "name"), list(itertools.product(MACHINES, PASSING)))
def test_a_worker_may_do_its_work(machine: str, name: str) -> None:
    *numbers, first, second, third = (*PASSING[name], 0, 0, 0)[:5]
    assert (
        verdict(program(machine), machine, numbers[MACHINES.index(machine)], first, second, third) == ALLOWED
    )


@pytest.mark.parametrize(("machine", "name"), list(itertools.product(MACHINES, STOPPED)))
def test_a_worker_may_do_nothing_else(machine: str, name: str) -> None:
    *numbers, first, second, third = (*STOPPED[name], 0, 0, 0)[:5]
    assert (
        verdict(program(machine), machine, numbers[MACHINES.index(machine)], first, second, third) == REFUSED
    )


@pytest.mark.parametrize("machine", MACHINES)
def test_a_worker_that_may_spill_can_write_and_still_not_reach_out(machine: str) -> None:
    column, spilling = MACHINES.index(machine), program(machine, may_spill=True)
    assert verdict(spilling, machine, (257, 56)[column], 0, 0, os.O_RDWR | os.O_CREAT) == ALLOWED
    assert verdict(spilling, machine, (18, 68)[column]) == ALLOWED
    assert verdict(spilling, machine, (263, 35)[column]) == ALLOWED
    assert verdict(spilling, machine, (41, 198)[column]) == REFUSED
    assert verdict(spilling, machine, (59, 221)[column]) == REFUSED
    assert verdict(spilling, machine, (316, 276)[column]) == REFUSED


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_with_hidden_arguments_do_not_seem_to_exist(machine: str) -> None:
    """clone3 takes its flags in memory, where no filter looks; libc falls back to clone."""
    assert verdict(program(machine), machine, 435) == NOT_THERE


def test_the_numbers_of_another_machine_end_the_process() -> None:
    for machine, other in itertools.permutations(MACHINES, 2):
        assert verdict(program(machine), other, 0) == KILLED


def test_the_second_set_of_numbers_of_x86_64_is_refused() -> None:
    assert verdict(program("x86_64"), "x86_64", 0x40000000) == REFUSED


def test_an_unreviewed_machine_has_no_filter() -> None:
    with pytest.raises(KeyError):
        program("riscv64")
