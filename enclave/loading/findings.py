"""What can be wrong with a source: one kind each, with its remedy.

Counts, and names from the catalogue and of the source's files and columns; never a value from the data.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from enclave.problems import Problem


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of finding reads. `{about}` comes from the catalogue, `{count}` is the number with its unit."""

    sentence: str
    remedy: str
    counted: str = "row"


KINDS: Mapping[str, Kind] = {
    "no-source": Kind(
        "the source folder does not exist", "name a folder that holds <table>.parquet files", "folder"
    ),
    "no-files": Kind(
        "there is no Parquet file here", "put the files in place, or remove the folder", "folder"
    ),
    "unknown-table": Kind(
        "the catalogue has no such table", "remove it, correct its name, or describe it", "table"
    ),
    "unknown-file": Kind("{count} other than Parquet", "move what is not data out of the source", "file"),
    "table-twice": Kind("the table is there as a file and as a folder", "keep one of the two", "table"),
    "empty-file": Kind("{count} without a single byte", "write the file again", "file"),
    "truncated-file": Kind("{count} cut off before the end", "copy or write the file again", "file"),
    "unreadable-file": Kind("{count} that cannot be read as Parquet", "write the file again", "file"),
    "missing-column": Kind(
        "missing from {count}", "add the column; nulls may stand for what was not collected", "file"
    ),
    "extra-column": Kind(
        "not in the catalogue, found in {count}", "remove the column, or describe it", "file"
    ),
    "wrong-type": Kind(
        "{count} with another type than {about}", "write the column as the catalogue says", "file"
    ),
    "no-rows": Kind(
        "the table has no rows", "leave the table out of the source, or deliver it whole", "table"
    ),
    "changed": Kind(
        "the files changed while they were read", "load again when nobody writes to them", "table"
    ),
    "too-many-partitions": Kind(
        "more different years and terms than {about}", "correct the year or term", "table"
    ),
    "too-many-rows": Kind("more rows than {about}", "split the table in the catalogue", "table"),
    "null-key": Kind("{count} without a key, so about nobody", "fill the key, or declare key_otherwise"),
    "too-long": Kind("{count} longer than {about}", "correct the values, or the length in the catalogue"),
    "null": Kind("{count} null, against the catalogue's promise", "fill them, or take the promise away"),
    "not-finite": Kind("{count} infinite or not a number", "write null where there is no number"),
    "not-a-year": Kind("{count} not of the form {about}", "correct the values, or the form in the catalogue"),
    "unknown-code": Kind("{count} outside code set {about}", "correct the values, or add the code"),
    "code-not-in-use": Kind(
        "{count} in years in which set {about} does not have their code",
        "correct the values, or the years of the codes",
    ),
    "not-collected": Kind(
        "{count} with a value in years in which it was not collected",
        "leave them empty, or correct the years of the field in the catalogue",
    ),
    "out-of-bounds": Kind("{count} outside {about}", "correct the values, or the bounds in the catalogue"),
    "duplicate": Kind(
        "{count} that share {about}, which should be unique", "remove the copies, or declare the true grain"
    ),
    "too-many-rows-per-unit": Kind(
        "{count} with more than {about}", "remove the excess, or declare the true bound", "group"
    ),
    "breaks-dependency": Kind("{count} against {about}", "correct the values, or take the dependency away"),
    "breaks-hierarchy": Kind(
        "{count} against the parents in {about}", "correct the values, or the code list"
    ),
    "breaks-implication": Kind("{count} against {about}", "correct the values, or take the implication away"),
    "unmatched-reference": Kind("{count} not found in {about}", "add what is missing there, or drop `total`"),
    "reference-missing": Kind("{about} is not in the source", "deliver that table too", "table"),
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing wrong, in one place."""

    table: str
    column: str  # empty where it is about the whole table
    code: str
    about: str
    count: int

    @property
    def sentence(self) -> str:
        kind = KINDS[self.code]
        plural = "" if self.count == 1 else "s"
        return kind.sentence.format(about=self.about, count=f"{self.count:,} {kind.counted}{plural}")

    @property
    def remedy(self) -> str:
        return KINDS[self.code].remedy


@dataclass(slots=True)
class Tally:
    """Findings, counted up over files and partitions."""

    counts: dict[tuple[str, str, str, str], int] = field(default_factory=dict)

    def add(self, code: str, table: str, column: str = "", *, count: int = 1, about: str = "") -> None:
        """Count `count` more; nothing happens for 0."""
        assert code in KINDS, code
        if count:
            place = (table, column, code, about)
            self.counts[place] = self.counts.get(place, 0) + count

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(sorted(Finding(*place, count) for place, count in self.counts.items()))

    def clears(self, table: str) -> bool:
        """Whether nothing was found about this table."""
        return all(place[0] != table for place in self.counts)


@dataclass(eq=False, kw_only=True)
class LoadRefused(Problem):
    """The source breaks its catalogue. Nothing of it was kept."""

    findings: tuple[Finding, ...]

    code = "load-refused"
    title = "The source breaks its catalogue"
    status = 422

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """All findings for a terminal, table by table."""
        return "\n".join([self.detail, *_paragraphs(self.findings)])


def refused(findings: tuple[Finding, ...], *, in_force: str | None) -> LoadRefused:
    """The problem that a source with these findings is."""
    stays = f"Version {in_force} stays in force." if in_force else "There is no data version yet."
    places = "1 place" if len(findings) == 1 else f"{len(findings)} places"
    return LoadRefused(
        detail=f"The source breaks its catalogue in {places}; nothing was loaded. {stays}", findings=findings
    )


def _paragraphs(findings: Iterable[Finding]) -> Iterable[str]:
    for table, of_table in groupby(findings, key=lambda finding: finding.table):
        yield f"\n{_printable(table)}"
        for finding in of_table:
            place = f"{_printable(finding.column)}: " if finding.column else ""
            yield f"  error[{finding.code}] {place}{finding.sentence}"
            yield f"      = fix: {finding.remedy}"


def _printable(name: str) -> str:
    """The name of a file or column as the source spells it, without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
