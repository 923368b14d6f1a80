"""`python -m synthetic_data --out DIR`: write one set of synthetic source files."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import enclave
from enclave.catalogue import load_catalogue
from synthetic_data.generate import generate
from synthetic_data.quirks import NO_QUIRKS, Quirks
from synthetic_data.scale import NotAScale, Scale
from synthetic_data.shape import shape_of

BYTES_A_MEGABYTE = 1_000_000


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    began = time.perf_counter()
    quirks = NO_QUIRKS if asked.clean else Quirks()
    try:
        shape = shape_of(load_catalogue(asked.catalogue or packaged_catalogue()))
        made = generate(asked.out, shape, seed=asked.seed, scale=asked.scale, quirks=quirks)
    except FileExistsError as problem:
        print(f"{problem}. Choose another folder.", file=sys.stderr)
        return 1
    for table, rows in made.rows().items():
        print(f"{table:<22} {rows:>12,}")
    size = sum(file.size for file in made.files) / BYTES_A_MEGABYTE
    print(f"{made.people:,} people, {size:.1f} MB, {time.perf_counter() - began:.1f} s, seed {made.seed}")
    return 0


def packaged_catalogue() -> Path:
    """The catalogue that comes with the product: inside an installed wheel, or beside it in a clone."""
    package = Path(enclave.__file__).parent
    folders = (package / "_policies" / "catalogue", package.parent / "policies" / "catalogue")
    for folder in folders:
        if folder.is_dir():
            return folder
    raise FileNotFoundError("the catalogue that comes with enclave is missing: install it again")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m synthetic_data", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="an empty folder, or one to be made")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes")
    parser.add_argument(
        "--scale", type=_scale, default="small", help="tiny, small, or how many times small (0.5, 3)"
    )
    parser.add_argument("--catalogue", type=Path, help="a catalogue folder, if not the packaged one")
    parser.add_argument("--clean", action="store_true", help="without the faults of real data")
    return parser


def _scale(text: str) -> Scale:
    try:
        return Scale.named(text)
    except NotAScale as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


if __name__ == "__main__":
    sys.exit(main())
