"""The frame of an answer in values: what there could be a cell of, by the published codes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from enclave.query.frames import Frame, Image
from enclave.query.ruled_out import Block, Listed, blocks, ruled_of
from enclave.query.shadow import Shadow

KEPT_CODES = 1000

Run = Callable[[str], pa.Table]
"""Runs SQL over published codes, where no person's row has ever been."""


@dataclass(frozen=True, slots=True)
class FrameSet:
    """Published values per dimension of one grouping set; the combinations are their product."""

    values: Mapping[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The frame of an answer in values: its grouping sets, and what of them the catalogue rules out."""

    sets: tuple[FrameSet, ...]
    ruled_out: tuple[Block, ...] = ()


def drawn_once(frame: Frame, shadow: Shadow, *, run: Run) -> Drawn:
    """The frame follows from the plan and published codes alone: it is drawn once, as long as it is not large."""
    drawn = shadow.frames.get(frame)
    if not isinstance(drawn, Drawn):
        drawn = _drawn(frame, shadow, run)
        if sum(len(values) for one in drawn.sets for values in one.values.values()) <= KEPT_CODES:
            shadow.frames.keep(frame, drawn)
    return drawn


def _drawn(frame: Frame, shadow: Shadow, run: Run) -> Drawn:
    lists = {column.source: _listed(column.source, shadow, run) for one in frame.sets for column in one}
    sets = tuple(
        FrameSet({column.name: _values(lists[column.source]) for column in one}) for one in frame.sets
    )
    return Drawn(sets, blocks(ruled_of(frame), lambda image: lists.get(image) or _listed(image, shadow, run)))


def _listed(image: Image, shadow: Shadow, run: Run) -> Listed:
    """What an expression makes of published codes depends on no data: a short list is made once."""
    sql = image.sql()
    codes = shadow.codes.get(sql)
    if codes is None:
        found = run(sql)
        codes = tuple(zip(found.column("code").to_pylist(), found.column("v").to_pylist(), strict=True))
        if len(codes) <= KEPT_CODES:
            shadow.codes.keep(sql, codes)
    return codes


def _values(listed: Listed) -> tuple[object, ...]:
    return tuple(dict.fromkeys(value for _, value in listed))
