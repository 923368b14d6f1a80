"""The filter on system calls: which a worker may make, compiled to the kernel's filter language.

An allow-list: a call that is not named here is refused, also one that a later kernel adds. Threads can be
started and processes cannot; files can be opened for reading only, unless the worker has a place to spill
to; memory cannot become executable; no socket, no signal to anybody else, no tracing, no programs.
`compile_filter` is pure, and tests run its programs in a small interpreter.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_EPERM, _ENOSYS = 0x00050001, 0x00050026

_LOAD, _AND, _JUMP_EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16

AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# name: (x86_64, aarch64), the frequent ones first
_CALLS: dict[str, tuple[int, int]] = {
    "futex": (202, 98), "read": (0, 63), "write": (1, 64), "pread64": (17, 67), "mmap": (9, 222),
    "munmap": (11, 215), "madvise": (28, 233), "mprotect": (10, 226), "clock_gettime": (228, 113),
    "sched_yield": (24, 124), "openat": (257, 56), "close": (3, 57), "fstat": (5, 80), "lseek": (8, 62),
    "newfstatat": (262, 79), "statx": (332, 291), "fcntl": (72, 25), "ioctl": (16, 29), "brk": (12, 214),
    "mremap": (25, 216), "clone": (56, 220), "clone3": (435, 435), "rseq": (334, 293),
    "set_robust_list": (273, 99), "rt_sigprocmask": (14, 135), "rt_sigaction": (13, 134),
    "rt_sigreturn": (15, 139), "sigaltstack": (131, 132), "sched_getaffinity": (204, 123),
    "getrandom": (318, 278), "gettid": (186, 178), "getpid": (39, 172), "getuid": (102, 174),
    "geteuid": (107, 175), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101),
    "gettimeofday": (96, 169), "exit": (60, 93), "exit_group": (231, 94), "uname": (63, 160),
    "sysinfo": (99, 179), "prlimit64": (302, 261), "fadvise64": (221, 223), "getrusage": (98, 165),
    "membarrier": (324, 283), "tgkill": (234, 131), "prctl": (157, 167), "restart_syscall": (219, 128),
    "getcwd": (79, 17), "getcpu": (309, 168), "openat2": (437, 437), "faccessat2": (439, 439),
    "pwrite64": (18, 68), "fallocate": (285, 47), "ftruncate": (77, 46), "unlinkat": (263, 35),
    "mkdirat": (258, 34), "fsync": (74, 82), "fdatasync": (75, 83), "faccessat": (269, 48),
    "readlinkat": (267, 78),
}  # fmt: skip
_OLD_CALLS_OF_X86_64 = {"stat": 4, "lstat": 6, "access": 21, "poll": 7, "readlink": 89}
_OLD_SPILL_CALLS_OF_X86_64 = {"unlink": 87, "mkdir": 83, "rmdir": 84}

_SPILL = {"pwrite64", "fallocate", "ftruncate", "unlinkat", "mkdirat", "fsync", "fdatasync"}
_NOT_THERE = {"clone3", "openat2", "faccessat2"}  # arguments in memory: unseen by a filter; libc falls back

_THREAD = 0x00010000 | 0x00000100 | 0x00000800  # CLONE_THREAD, CLONE_VM, CLONE_SIGHAND
_NAMESPACES = 0x7E020000  # every CLONE_NEW* that clone takes
_WRITES = 0o3 | 0o100 | 0o1000 | 0o2000  # access mode, O_CREAT, O_TRUNC, O_APPEND; O_TMPFILE needs a mode
_EXECUTABLE = 0x4
_FCNTL_COMMANDS = (1, 2, 3, 4, 5, 6, 1030)  # descriptor and status flags, locks, F_DUPFD_CLOEXEC
_IOCTL_COMMANDS = (0x5401, 0x5413)  # is this a terminal, and how wide
_PRCTL_OPTIONS = (15, 0x53564D41)  # name a thread, name a piece of memory


@dataclass(frozen=True, slots=True)
class Condition:
    """The low half of one argument, masked, equals a value: all of these arguments are read as 32 bits."""

    argument: int
    mask: int
    value: int


Rule: TypeAlias = tuple[tuple[Condition, ...], ...]
"""Allowed if all conditions of any one alternative hold."""


def _conditions(*, own_pid: int, may_spill: bool) -> dict[str, Rule]:
    """The calls that are allowed with some arguments only."""

    def any_of(argument: int, values: tuple[int, ...]) -> Rule:
        return tuple((Condition(argument, 0xFFFFFFFF, value),) for value in values)

    rules: dict[str, Rule] = {
        "clone": ((Condition(0, _THREAD | _NAMESPACES, _THREAD),),),
        "mmap": ((Condition(2, _EXECUTABLE, 0),),),
        "mprotect": ((Condition(2, _EXECUTABLE, 0),),),
        "tgkill": any_of(0, (own_pid,)),  # abort() signals itself
        "prlimit64": any_of(0, (0,)),  # its own limits, which can only be lowered
        "fcntl": any_of(1, _FCNTL_COMMANDS),
        "ioctl": any_of(1, _IOCTL_COMMANDS),
        "prctl": any_of(0, _PRCTL_OPTIONS),
    }
    if not may_spill:
        rules["openat"] = ((Condition(2, _WRITES, 0),),)
    return rules


def _numbers(machine: str, *, may_spill: bool) -> Iterator[tuple[str, int]]:
    column = list(AUDIT_ARCHITECTURES).index(machine)
    for name, numbers in _CALLS.items():
        if may_spill or name not in _SPILL:
            yield name, numbers[column]
    if machine == "x86_64":
        yield from _OLD_CALLS_OF_X86_64.items()
        if may_spill:
            yield from _OLD_SPILL_CALLS_OF_X86_64.items()


def _step(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)


def _alternative(conditions: tuple[Condition, ...]) -> bytes:
    """Return `allow` if all hold; fall through to the next alternative if one does not."""
    steps: list[bytes] = []
    for position, condition in enumerate(conditions):
        rest = 3 * (len(conditions) - position - 1) + 1  # what lies between here and the next alternative
        steps += (
            _step(_LOAD, _ARGUMENTS_AT + 8 * condition.argument),
            _step(_AND, condition.mask),
            _step(_JUMP_EQUAL, condition.value, otherwise=rest),
        )
    return b"".join(steps) + _step(_RETURN, _ALLOW)


def compile_filter(machine: str, *, own_pid: int, may_spill: bool) -> bytes:
    """The program for one machine and one process, as the kernel takes it.

    Raises:
        KeyError: for a machine without a reviewed table of calls.
    """
    conditions = _conditions(own_pid=own_pid, may_spill=may_spill)
    program = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_JUMP_EQUAL, AUDIT_ARCHITECTURES[machine], then=1),
        _step(_RETURN, _KILL),  # another machine's numbers would mean other calls
        _step(_LOAD, _NUMBER_AT),
    ]
    for name, number in _numbers(machine, may_spill=may_spill):
        if name in _NOT_THERE:
            body = _step(_RETURN, _ENOSYS)
        elif name in conditions:
            body = b"".join(map(_alternative, conditions[name])) + _step(_RETURN, _EPERM)
        else:
            body = _step(_RETURN, _ALLOW)
        program += (_step(_JUMP_EQUAL, number, otherwise=len(body) // 8), body)
    return b"".join([*program, _step(_RETURN, _EPERM)])
