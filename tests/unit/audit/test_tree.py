"""The tree, against the published vectors of RFC 6962 logs."""

import hashlib

import pytest

from enclave.audit.tiles import Edge, bundle, tile_path
from enclave.audit.tree import leaf_hash

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_roots_are_those_of_the_published_vectors() -> None:
    edge, roots = Edge(), []
    for leaf in LEAVES:
        assert list(edge.add(leaf_hash(leaf))) == []
        roots.append(edge.root().hex())
    assert roots == ROOTS


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Edge().root() == hashlib.sha256(b"").digest()


def test_a_tree_of_70_000_has_the_tiles_that_the_specification_says() -> None:
    edge = Edge()
    full = [tile for number in range(70_000) for tile in edge.add(leaf_hash(b"%d" % number))]
    assert [sum(tile.level == level for tile in full) for level in (0, 1)] == [273, 1]
    assert [(tile.level, len(tile.hashes)) for tile in edge.partial()] == [(0, 112), (1, 17), (2, 1)]


@pytest.mark.parametrize(
    ("index", "width", "path"),
    [
        (0, 256, "tile/0/000"),
        (1234067, 256, "tile/0/x001/x234/067"),
        (1000, 256, "tile/0/x001/000"),
        (999, 3, "tile/0/999.p/3"),
    ],
)
def test_a_tile_has_the_file_that_the_specification_says(index: int, width: int, path: str) -> None:
    assert tile_path("0", index, width) == path


def test_a_bundle_has_each_leaf_after_its_length() -> None:
    assert bundle([b"", b"ab"]) == b"\x00\x00\x00\x02ab"
