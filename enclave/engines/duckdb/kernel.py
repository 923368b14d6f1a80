"""The few Linux calls that a sandbox is made of, through ctypes. No policy is decided here.

Two packages wrap these calls and were tried first. `pyseccomp` needs a system library which pip does not
bring; `landlock` is an alpha that knows no rule newer than 2024 and nothing of networks or signals. The
calls themselves are kernel interface and do not change.
"""

import ctypes
import os
import platform
import signal
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38

CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_TSYNC = 1
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_CAPABILITY_VERSION_3 = 0x20080522

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_ASK_VERSION = 1
_LANDLOCK_PATH_BENEATH = 1

FS_EXECUTE, FS_WRITE_FILE, FS_READ_FILE, FS_READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
FS_REMOVE_FILE, FS_MAKE_REG, FS_TRUNCATE = 1 << 5, 1 << 8, 1 << 14

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def _checked(outcome: int) -> int:
    if outcome < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return outcome


def prctl(option: int, value: int) -> None:
    zero = ctypes.c_ulong(0)
    _checked(_libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero))


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(0)


def unshare(flags: int) -> None:
    _checked(_libc.unshare(flags))


def drop_capabilities() -> None:
    """Give up every capability, permitted ones included; root keeps only what an owner of files may do."""
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _checked(_libc.capset(ctypes.byref(header), nothing))


def install_filter(program: bytes) -> None:
    """Bind a seccomp program to every thread of this process and to all that they start."""
    loaded = _Program(len(program) // 8, program)
    _checked(
        _libc.syscall(
            ctypes.c_long(_SECCOMP[platform.machine()]),
            ctypes.c_uint(_SECCOMP_SET_MODE_FILTER),
            ctypes.c_uint(_SECCOMP_FILTER_FLAG_TSYNC),
            ctypes.byref(loaded),
        )
    )


def landlock_version() -> int:
    """The Landlock interface of this kernel; 0 where there is none."""
    number = _libc.syscall(
        ctypes.c_long(_LANDLOCK_CREATE), None, ctypes.c_size_t(0), ctypes.c_uint32(_LANDLOCK_ASK_VERSION)
    )
    return max(int(number), 0)


def _handled(version: int) -> tuple[_Ruleset, int]:
    """All that this kernel can restrict, and the size of the structure that it knows."""
    files = (1 << 13) - 1
    for since, bit in ((2, 13), (3, 14), (5, 15)):
        files |= (1 << bit) if version >= since else 0
    network = 0b11 if version >= 4 else 0  # binding and connecting TCP
    scoped = 0b11 if version >= 6 else 0  # abstract sockets and signals
    size = 8 if version < 4 else 16 if version < 6 else 24
    return _Ruleset(files, network, scoped), size


def restrict_files(allowed: dict[Path, int]) -> None:
    """Refuse every use of the file system but the named accesses; also TCP and signals where known.

    Binds the calling thread and what it starts afterwards, so call it while there is only one.
    """
    ruleset, size = _handled(landlock_version())
    handle = _checked(
        _libc.syscall(
            ctypes.c_long(_LANDLOCK_CREATE), ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0)
        )
    )
    try:
        for path, access in allowed.items():
            _allow(handle, path, access & ruleset.files)
        _checked(_libc.syscall(ctypes.c_long(_LANDLOCK_RESTRICT), ctypes.c_int(handle), ctypes.c_uint32(0)))
    finally:
        os.close(handle)


def _allow(handle: int, path: Path, access: int) -> None:
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(access, parent)
        _checked(
            _libc.syscall(
                ctypes.c_long(_LANDLOCK_ADD),
                ctypes.c_int(handle),
                ctypes.c_int(_LANDLOCK_PATH_BENEATH),
                ctypes.byref(rule),
                ctypes.c_uint32(0),
            )
        )
    finally:
        os.close(parent)
