"""Where a webhook may point. A service that calls what people name must not be led to what only it can reach.

The name is looked at when the hook is made, and what the name resolves to at each call: that can change in between.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
LONGEST: Final = 500
PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")
GIVEN_OUT: Final = IPv6Network("2000::/3")
"""Global unicast (RFC 4291, section 2.4)."""
HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Reach:
    """What this house calls beside the public internet: networks of its own, and this machine in a development home."""

    networks: tuple[Network, ...] = ()
    loopback: bool = False


def wrong_with(url: str, reach: Reach) -> str | None:
    """Why a hook may not have this address, as the end of a sentence; None when it may."""
    if len(url) > LONGEST or not PRINTABLE.fullmatch(url):
        return f"has to be at most {LONGEST} printable ASCII characters"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "cannot be read"
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        return "needs a host, and has no user, password or fragment"
    if not _encrypted(parts, host, reach):
        return "has to begin with https://"
    if _is_address(host) and not may_call([ip_address(host)], reach):
        return "is in a network that this service does not call"
    return None


def may_call(addresses: Iterable[Address], reach: Reach) -> bool:
    """Whether every address that a name resolves to may be called; of none, it may not."""
    found = list(addresses)
    return bool(found) and all(_may_call(address, reach) for address in found)


def _may_call(address: Address, reach: Reach) -> bool:
    real = getattr(address, "ipv4_mapped", None) or address
    if real.is_loopback:
        return reach.loopback
    if real.is_multicast or real.is_unspecified or real.is_link_local:
        return False
    return _is_public(real) or any(real in network for network in reach.networks)


def _is_public(address: Address) -> bool:
    """IPv6 forms that carry an IPv4 address inside are not: where they lead is not for us to guess.

    Some of these (`::10.0.0.1`, `::ffff:0:10.0.0.1`, `64:ff9b::10.0.0.1`) and what some networks use for themselves
    (`fec0::`, `5f00::`) count as global by themselves, and lie outside the addresses that are given out.
    """
    if isinstance(address, IPv4Address):
        return address.is_global
    return address.is_global and address in GIVEN_OUT and not (address.sixtofour or address.teredo)


def _encrypted(parts: SplitResult, host: str, reach: Reach) -> bool:
    return parts.scheme == "https" or (parts.scheme == "http" and reach.loopback and host in HERE)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
