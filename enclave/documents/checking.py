"""Checks a document against its pydantic model and says what is wrong in a policy writer's words.

A field of a model may carry help for its reader: `Field(json_schema_extra={"why": ..., "fix": ...})` is shown when
the setting is missing. A validator may raise `choice_error`, which brings its own message.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final, Generic, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from enclave.documents.findings import Report
from enclave.documents.places import Spot
from enclave.documents.reading import Document, Path
from enclave.documents.words import did_you_mean, nearest

M = TypeVar("M", bound=BaseModel)

MAX_REPAIRS: Final = 20  # each leaves out a part one level further up


class Entry(BaseModel):
    """The base of everything a policy file holds: unknown settings refused, nothing converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


@dataclass(frozen=True, slots=True)
class Parsed(Generic[M]):
    """A file and what it says. `lost` names the parts that could not be made out and were left out.

    Paths are those of the entry; the file may have more list items than the entry. Rules about what is *missing* must
    ask `has_lost` first, or one slip would be reported twice.
    """

    document: Document
    entry: M
    lost: frozenset[Path] = frozenset()

    def has_lost(self, *path: str | int) -> bool:
        """Whether something at or below `path` of the entry was left out."""
        in_file = self._in_file(path)
        return any(lost[: len(path)] == in_file for lost in self.lost)

    def place(self, *path: str | int) -> Spot:
        """Where the value at `path` of the entry stands in the file."""
        return Spot(lambda: self.document.place(*self._in_file(path)).found())

    def key(self, *path: str | int) -> Spot:
        """Where the key of `path` of the entry stands in the file."""
        return Spot(lambda: self.document.key(*self._in_file(path)).found())

    def _in_file(self, path: Path) -> Path:
        return _in_file(self.document.values, path, self.lost)


def parse(document: Document, model: type[M], report: Report) -> M | None:
    """The document as its model, or None with every problem reported."""
    try:
        return model.model_validate(document.values)
    except ValidationError as error:
        _report_all(error, document, model, report)
        return None


def parse_what_can_be(document: Document, model: type[M], report: Report) -> Parsed[M] | None:
    """The document without its faulty parts, all reported, so that the rest can be checked too."""
    lost: frozenset[Path] = frozenset()
    for attempt in range(MAX_REPAIRS):
        values = _without(document.values, lost)
        try:
            return Parsed(document, model.model_validate(values), lost)
        except ValidationError as error:
            if attempt == 0:
                _report_all(error, document, model, report)
            faults = {_path_in(values, details["loc"]) for details in error.errors(include_url=False)}
            if () in faults:
                return None
            lost |= {_in_file(document.values, path, lost) for path in faults}
    return None


def _in_file(values: Any, path: Path, lost: Collection[Path]) -> Path:
    """The path in the file of something whose path leaves out the lost list items."""
    found: Path = ()
    for step in path:
        if isinstance(values, list) and isinstance(step, int):
            step = [index for index in range(len(values)) if (*found, index) not in lost][step]
        found = (*found, step)
        inside = isinstance(values, list) or (isinstance(values, Mapping) and step in values)
        values = values[step] if inside else None
    return found


def _without(values: Any, paths: Collection[Path], here: Path = ()) -> Any:
    """The values without what stands at the paths."""
    if isinstance(values, Mapping):
        return {
            key: _without(value, paths, (*here, key))
            for key, value in values.items()
            if (*here, key) not in paths
        }
    if isinstance(values, list):
        kept = [(index, value) for index, value in enumerate(values) if (*here, index) not in paths]
        return [_without(value, paths, (*here, index)) for index, value in kept]
    return values


def _report_all(error: ValidationError, document: Document, model: type[BaseModel], report: Report) -> None:
    for details in error.errors(include_url=False):
        _report(details, document, model, report)


def _report(details: ErrorDetails, document: Document, model: type[BaseModel], report: Report) -> None:
    path = _path_in(document.values, details["loc"])
    match details["type"]:
        case "extra_forbidden":
            _unknown_key(path, document, model, report)
        case "missing":
            _missing(path, str(details["loc"][-1]), document, model, report)
        case "literal_error":
            _not_a_choice(path, document, model, report)
        case "choice":
            help_text = details["ctx"]
            place = document.place(*path)
            report.error(
                place, "not-allowed-value", details["msg"], fix=help_text["fix"], why=help_text["why"]
            )
        case other:
            _wrong_kind(other, details, path, document, report)


def _path_in(values: Any, loc: Sequence[str | int]) -> Path:
    """The part of a pydantic location that is really in the values: union members and the like are left out."""
    path: list[str | int] = []
    for step in loc:
        inside = isinstance(values, Mapping) and step in values
        inside = inside or (isinstance(values, list) and isinstance(step, int) and step < len(values))
        if inside:
            values = values[step]
            path.append(step)
    return tuple(path)


def _unknown_key(path: Path, document: Document, model: type[BaseModel], report: Report) -> None:
    allowed = list(_settings(_model_at(model, path[:-1])))
    word = str(path[-1])
    report.error(
        document.key(*path),
        "unknown-key",
        f'"{word}" is not a setting here.{did_you_mean(word, allowed)}',
        fix=f"correct the spelling or remove the line; allowed: {', '.join(allowed)}",
    )


def _missing(path: Path, name: str, document: Document, model: type[BaseModel], report: Report) -> None:
    field = _settings(_model_at(model, path)).get(name)
    extra = field.json_schema_extra if field is not None else None
    help_text = extra if isinstance(extra, dict) else {}
    report.error(
        document.first_key(*path),
        "missing",
        f'{_called(document.values, path)} has no "{name}"',
        why=_text(help_text.get("why")),
        fix=_text(help_text.get("fix")) or f"add {name}: ...",
    )


def _not_a_choice(path: Path, document: Document, model: type[BaseModel], report: Report) -> None:
    value = _value_at(document.values, path)
    choices = [str(choice) for choice in _choices_at(model, path)]
    noun = _noun(path)
    best = nearest(str(value), choices)
    report.error(
        document.place(*path),
        "not-allowed-value",
        f'"{value}" is not a {noun}.{did_you_mean(str(value), choices)}',
        fix=f"write {best}" if best and len(choices) > 4 else f"write one of: {', '.join(choices)}",
    )


def _wrong_kind(kind: str, details: ErrorDetails, path: Path, document: Document, report: Report) -> None:
    expected = _KINDS.get(kind) or details["msg"][:1].lower() + details["msg"][1:]
    report.error(
        document.place(*path),
        "wrong-kind",
        f'"{path[-1] if path else document.file}" is not as it should be: {expected}',
        fix="correct the value",
    )


_KINDS: Final = {
    "string_type": "text was expected; put numbers and dates that are text in quotes",
    "int_type": "a whole number was expected",
    "bool_type": "true or false was expected",
    "date_type": "a date was expected, in the form YYYY-MM-DD",
    "list_type": "a list was expected: [a, b]",
    "dict_type": "settings were expected: { name: value }",
    "model_type": "settings were expected: { name: value }",
    "is_instance_of": "a number was expected",
    "decimal_type": "a number was expected",
}


def _called(values: Any, path: Path) -> str:
    """What to call the mapping at `path`: its name or id, else its key."""
    here = _value_at(values, path)
    for label in ("name", "id", "table", "fine"):
        if isinstance(here, Mapping) and isinstance(here.get(label), str) and path:
            return str(here[label])
    return str(path[-1]) if path else "this file"


def _noun(path: Path) -> str:
    words = [step for step in path if isinstance(step, str)]
    return words[-1].removesuffix("s").replace("_", " ") if words else "value"


def _value_at(values: Any, path: Path) -> Any:
    for step in path:
        values = values[step]
    return values


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _settings(model: type[BaseModel] | None) -> Mapping[str, Any]:
    """The settings of a model by the names that files use."""
    if model is None:
        return {}
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    found = [
        kind for kind in _kinds_at(model, path) if isinstance(kind, type) and issubclass(kind, BaseModel)
    ]
    return found[0] if found else None


def _choices_at(model: type[BaseModel], path: Path) -> list[object]:
    return [choice for kind in _kinds_at(model, path) for choice in _literals(kind)]


def _literals(kind: Any) -> list[object]:
    return list(get_args(kind)) if get_origin(kind) is Literal else []


def _kinds_at(model: type[BaseModel], path: Path) -> list[Any]:
    """The types that may stand at `path`, unions taken apart."""
    kinds: list[Any] = [model]
    for step in path:
        kinds = [below for kind in kinds for below in _kinds_below(kind, step)]
    return kinds


def _kinds_below(kind: Any, step: str | int) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = _settings(kind).get(str(step))
        return _members(field.annotation) if field is not None else []
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return _members(arguments[1])
    if get_origin(kind) is list:
        return _members(arguments[0])
    return []


def _members(annotation: Any) -> list[Any]:
    """The plain types of an annotation: `Annotated` opened, unions taken apart."""
    if hasattr(annotation, "__metadata__"):
        return _members(annotation.__origin__)
    if get_origin(annotation) in _UNIONS:
        return [member for part in get_args(annotation) for member in _members(part)]
    return [annotation]


_UNIONS: Final = {Union, UnionType}
