"""Networks and addresses, as Go's package net reads them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, TypeAlias

from policyengine.rego.runtime.builtins.operands import string
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin, unavailable
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.values import RegoSet, Value, is_object, object_items

_Network: TypeAlias = IPv4Network | IPv6Network
_Address: TypeAlias = IPv4Address | IPv6Address

_CIDR: Final = re.compile(r"[^/%]+/\d{1,3}", re.ASCII)
# The addresses of the classes A, B and C, which an address without a prefix stands for.
_CLASSES: Final = ((128, 8), (192, 16), (256, 24))
_MAPPED: Final = 96


def _network(text: str) -> _Network:
    if _CIDR.fullmatch(text):
        try:
            return _unmapped_network(ipaddress.ip_network(text, strict=False))
        except ValueError:
            pass
    raise BuiltinError(f"invalid CIDR address: {text}")


def _unmapped_network(network: _Network) -> _Network:
    """A network of IPv4 addresses written as IPv6 is that of IPv4, as an address is."""
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((mapped, network.prefixlen - _MAPPED))
    return network


def _address(text: str) -> _Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return None if "%" in text else _unmapped(found)


def _unmapped(address: _Address) -> _Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _contains(network: _Network, text: str) -> bool:
    address = _address(text)
    if address is not None:
        return address.version == network.version and address in network
    try:
        other = _network(text)
    except BuiltinError:
        raise BuiltinError(
            f"not a valid textual representation of an IP address or CIDR: {text}"
        ) from None
    return (
        other.version == network.version
        and other.prefixlen >= network.prefixlen
        and other.network_address in network
    )


@builtin("net.cidr_contains", "string, string -> boolean")
def contains(network: Value, other: Value) -> Value:
    return _contains(_network(string(network, 1)), string(other, 2))


builtin("net.cidr_overlap", "string, string -> boolean", deprecated=True)(contains)


@builtin("net.cidr_intersects", "string, string -> boolean")
def intersects(a: Value, b: Value) -> Value:
    first, second = _network(string(a, 1)), _network(string(b, 2))
    if first.version != second.version:
        return False
    return first.network_address in second or second.network_address in first


@builtin("net.cidr_is_valid", "string -> boolean")
def is_valid(text: Value) -> Value:
    if type(text) is not str:
        return False
    try:
        _network(text)
    except BuiltinError:
        return False
    return True


@builtin("net.cidr_expand", "string -> set[string]", context=True)
def expand(session: Session, text: Value) -> Value:
    network = _network(string(text, 1))
    session.budget.size(network.num_addresses)
    return RegoSet({str(address): str(address) for address in network})


_ONE_OR_MORE = (
    "string | array[string | array[any]] | object[string: string | array[any]]"
    " | set[string | array[any]]"
)


@builtin(
    "net.cidr_contains_matches",
    f"{_ONE_OR_MORE}, {_ONE_OR_MORE} -> set[array<any, any>]",
    context=True,
)
def contains_matches(session: Session, networks: Value, others: Value) -> Value:
    wanted: list[tuple[Value, str]] | None = None
    found: list[Value] = []
    for place, item in _entries(networks, 1):
        # As OPA: where there is no network, nobody looks at the others.
        if wanted is None:
            wanted = [(at, string(other, 2)) for at, other in _entries(others, 2)]
        if not wanted:
            continue
        network = _network(string(item, 1))
        session.budget.charge(len(wanted))
        found += [[place, other] for other, text in wanted if _contains(network, text)]
    return RegoSet.of(found)


def _entries(value: Value, position: int) -> Iterator[tuple[Value, Value]]:
    """Each network or address with what it is called in the answer."""
    if type(value) is str:
        yield value, value
    elif type(value) is list:
        yield from ((index, _entry(item, position)) for index, item in enumerate(value))
    elif isinstance(value, RegoSet):
        yield from ((item, _entry(item, position)) for item in value)
    elif is_object(value):
        yield from ((key, _entry(item, position)) for key, item in object_items(value))


def _entry(value: Value, position: int) -> Value:
    if type(value) is str:
        return value
    if type(value) is list and value:
        return value[0]
    raise BuiltinError(f"operand {position}: element must be string or non-empty array")


@builtin("net.cidr_merge", "array[string] | set[string] -> set[string]")
def merge(networks: Value) -> Value:
    if type(networks) is not list and not isinstance(networks, RegoSet):
        raise BuiltinError("operand must be an array")
    found: set[str] = set()
    ranges = [_range(item) for item in networks]
    # IPv4 that is written as IPv6 stays apart, as in OPA.
    for kind in {(item[0], item[4]) for item in ranges}:
        own = sorted(item for item in ranges if (item[0], item[4]) == kind)
        found.update(_merged(own))
    return RegoSet({text: text for text in found})


_Range: TypeAlias = tuple[int, int, int, str, bool]


def _range(item: Value) -> _Range:
    """Version, last and first address as numbers, the network as it is printed, and whether it
    is IPv4 that was written as IPv6."""
    if type(item) is not str:
        raise BuiltinError("element must be string")
    address = _address(item)
    if address is None:
        network = _network(item)
        shown = str(network)
    elif isinstance(address, IPv4Address):
        prefix = next(bits for below, bits in _CLASSES if int(address) >> 24 < below)
        network = ipaddress.ip_network(f"{address}/{prefix}", strict=False)
        shown = f"{address}/{prefix}"
    else:
        raise BuiltinError("IPv6 invalid: needs prefix length")
    return (
        network.version,
        int(network.broadcast_address),
        int(network.network_address),
        shown,
        network.version == 4 and address is None and ":" in item,
    )


def _merged(ranges: list[_Range]) -> Iterator[str]:
    index = len(ranges) - 1
    while index > 0:
        version, last, first, _, mapped = ranges[index]
        _, last_before, first_before, _, _ = ranges[index - 1]
        if first - 1 <= last_before:
            ranges[index - 1 : index + 1] = [(version, last, min(first, first_before), "", mapped)]
        index -= 1
    for version, last, first, shown, _ in ranges:
        if shown:
            yield shown
        elif version == 4:
            blocks = ipaddress.summarize_address_range(IPv4Address(first), IPv4Address(last))
            yield from map(str, blocks)
        else:
            wide = ipaddress.summarize_address_range(IPv6Address(first), IPv6Address(last))
            yield from map(str, wide)


unavailable(
    "net.lookup_ip_addr",
    "string -> set[string]",
    "it asks the network, and the same question would not get the same answer",
)
