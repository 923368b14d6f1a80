"""What DuckDB's binder finds in a text, and what it found in the frames of leaves before."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from enclave.query.bound_plans import FRAME
from enclave.query.framed import Form, Framed
from enclave.query.recent import Recent

_MOST_FRAMES = 1_024


@dataclass(frozen=True, slots=True)
class Bound:
    """What DuckDB finds in a text. `(table, "")` in `tables`: rows of the table are counted, no column is read."""

    tables: frozenset[tuple[str, str]]
    functions: frozenset[str]
    aggregates: frozenset[str]
    operators: frozenset[str]
    outputs: tuple[tuple[str, str], ...]  # (name, type)
    casts: frozenset[tuple[str, str]] = frozenset()  # (from, to) of casts that raise an error on some values
    misfits: frozenset[tuple[str, str]] = (
        frozenset()
    )  # (from, to) of casts of the text's own constants that raise

    @property
    def types(self) -> tuple[str, ...]:
        """Of the outputs, in order."""
        return tuple(kind for _, kind in self.outputs)


def together(rows: Bound, frame: Bound, names: Sequence[str]) -> Bound:
    """What is found in rows with a frame around them. `names` are those of the frame's columns here."""
    return Bound(
        tables=rows.tables | frame.tables,
        functions=rows.functions | frame.functions,
        aggregates=rows.aggregates | frame.aggregates,
        operators=rows.operators | frame.operators | {FRAME},
        outputs=tuple(zip(names, frame.types, strict=True)),
        casts=rows.casts | frame.casts,
        misfits=rows.misfits | frame.misfits,
    )


@dataclass(frozen=True, slots=True)
class Frames:
    """What was found in frames, by their form and the types of the rows in them. Several shadows may share it: what is
    kept reads no table, so it is the same in each. Several threads may use it."""

    _forms: Recent[Form, bool] = field(default_factory=lambda: Recent(_MOST_FRAMES))
    _found: Recent[tuple[Form, tuple[str, ...]], Bound] = field(default_factory=lambda: Recent(_MOST_FRAMES))

    def know(self, text: Framed) -> bool:
        """Whether a frame of this form was read, around rows of whatever types."""
        return text.form is not None and self._forms.get(text.form) is not None

    def around(self, text: Framed, types: tuple[str, ...]) -> Bound | None:
        return None if text.form is None else self._found.get((text.form, types))

    def keep(self, text: Framed, types: tuple[str, ...], frame: Bound) -> None:
        """Keep what was found in the frame of this text, around rows of these types; not of one that reads a table."""
        if text.form is not None and not frame.tables:
            self._forms.keep(text.form, True)
            self._found.keep((text.form, types), frame)
