"""Where a webhook may point, as tables."""

from ipaddress import ip_address, ip_network

import pytest

from enclave.outputs.hook_addresses import Reach, may_call, wrong_with

PUBLIC = Reach()
DEVELOPMENT = Reach(loopback=True)
OWN = Reach(networks=(ip_network("10.20.0.0/16"), ip_network("fd00:20::/32")))


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.northbridge.example/enclave?of=mine",
        "https://hooks.northbridge.example:8443/",
        "https://8.8.8.8/x",
        "https://[2001:4860:4860::8888]/x",
    ],
)
def test_an_address_on_the_public_internet_is_taken(url: str) -> None:
    assert wrong_with(url, PUBLIC) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.northbridge.example/",
        "http://127.0.0.1:9000/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[fe80::1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[::10.0.0.1]/",
        "https://[::ffff:0:169.254.169.254]/",
        "https://[fec0::1]/",
        "https://[5f00::1]/",
        "https://[2002:a00:1::]/",
        "https://0.0.0.0/",
        "https://user@host.example/",
        "https://user:word@host.example/",
        "https://host.example/#part",
        "https:///path",
        "https://host.example:99999/",
        "https://[::1",
        "ftp://host.example/",
        "file:///etc/passwd",
        "gopher://host.example/",
        "hooks.northbridge.example",
        "https://host.example/ x",
        "https://host.example/\r\nX: y",
        "https://käse.example/",
        "https://host.example/" + "x" * 500,
        "",
    ],
)
def test_every_other_address_is_refused(url: str) -> None:
    assert wrong_with(url, PUBLIC) is not None


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/x", "http://[::1]:9000/", "http://localhost:9000/"])
def test_a_development_home_calls_this_machine_without_encryption(url: str) -> None:
    assert wrong_with(url, DEVELOPMENT) is None
    assert wrong_with(url, PUBLIC) is not None
    assert wrong_with("http://host.example/", DEVELOPMENT) is not None


@pytest.mark.parametrize("address", ["10.20.3.4", "fd00:20::1"])
def test_a_network_that_the_house_names_may_be_called(address: str) -> None:
    assert may_call([ip_address(address)], OWN)
    assert not may_call([ip_address(address)], PUBLIC)


@pytest.mark.parametrize("address", ["169.254.169.254", "127.0.0.1", "0.0.0.0", "224.0.0.1", "::1"])
def test_no_network_of_the_house_reaches_this_machine_or_its_link(address: str) -> None:
    everything = Reach(networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))
    assert not may_call([ip_address(address)], everything)


def test_a_name_may_be_called_when_all_that_it_resolves_to_may() -> None:
    good, bad = ip_address("8.8.8.8"), ip_address("10.0.0.1")
    assert may_call([good], PUBLIC)
    assert not may_call([good, bad], PUBLIC)
    assert not may_call([], PUBLIC)
