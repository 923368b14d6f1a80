"""`enclave policy new`: questions, then a project file, checked at once."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from enclave.cli.screen import complain, say

if TYPE_CHECKING:
    from enclave.actions.check_policy import Checked
    from enclave.actions.new_project import NewApproval, NewField, NewProject, NewTable
    from enclave.catalogue import Catalogue, Table
    from enclave.projects import House

REASONED = 2  # tiers 1 and 2 need a word on less sensitive data
ARTICLE_6 = (
    "public_task",
    "consent",
    "legal_obligation",
    "legitimate_interests",
    "contract",
    "vital_interests",
)


def ask_project(id: str, folder: Path, checked: "Checked", today: date, versions: Sequence[str]) -> str:
    """The text of the file that the answers make."""
    from enclave.actions.new_project import project_text
    from enclave.wiring.home import WrongUse

    if checked.house is None or checked.catalogue is None:
        raise WrongUse("the house and the catalogue cannot be read; see enclave policy check")
    if (folder / "projects" / f"{id}.yaml").exists():
        raise WrongUse(f"there is a project {id} already")
    return project_text(_answers(id, checked, checked.house, checked.catalogue, today, versions))


def _answers(
    id: str,
    checked: "Checked",
    house: "House",
    catalogue: "Catalogue",
    today: date,
    versions: Sequence[str],
) -> "NewProject":
    from enclave.actions.new_project import NewProject

    people = [str(person) for person in checked.people]
    title = typer.prompt("Title")
    organisation = _choice("Organisation", [str(one) for one in checked.organisations])
    lead = _choice("Lead researcher", people)
    researchers = _several("Other researchers, with commas between", people)
    purpose = _choice("Purpose", list(house.purposes))
    summary = typer.prompt("Summary for the public register")
    benefit = typer.prompt("Benefit to the public")
    article_6 = _choice("Legal basis (UK GDPR Article 6)", ARTICLE_6, default=ARTICLE_6[0])
    gateway = typer.prompt("Legal gateway")
    dpia_ref, dpia_on = typer.prompt("Reference of the DPIA"), _day("Reviewed on", today)
    approvals = list(_approvals(house, today))
    given = {one.body for one in approvals}
    starts = _day("Starts on", today)
    ends = _day("Ends on", starts + timedelta(days=364))
    destroy_by = _day("Data gone by", ends + timedelta(days=91))
    version = (
        _choice("Data version", versions, default=versions[-1]) if versions else typer.prompt("Data version")
    )
    tables = tuple(_tables(catalogue))
    return NewProject(
        id=id,
        title=title,
        organisation=organisation,
        lead=lead,
        researchers=tuple(researchers),
        purpose=purpose,
        public_summary=summary,
        public_benefit=benefit,
        article_6=article_6,
        article_9=_has_special_category(tables, catalogue),
        gateway=gateway,
        dpia_ref=dpia_ref,
        dpia_reviewed_on=dpia_on,
        approvals=tuple(approvals),
        is_draft=not given.issuperset(house.approvals.every_project),
        starts=starts,
        ends=ends,
        review_by=min(ends, starts + timedelta(days=house.reviewing.project_review_every_days)),
        destroy_by=destroy_by,
        data_version=version,
        tables=tables,
    )


def _has_special_category(tables: Sequence["NewTable"], catalogue: "Catalogue") -> bool:
    asked = [catalogue.tables[table.name].fields[field.name] for table in tables for field in table.fields]
    return any(field.sensitivity == "D" for field in asked)


def _approvals(house: "House", today: date) -> Iterator["NewApproval"]:
    from enclave.actions.new_project import NewApproval

    for body in (*house.approvals.every_project, *house.approvals.tier_1):
        ref = typer.prompt(
            f"Reference of the approval of {body} (none yet: leave empty)", default="", show_default=False
        )
        if ref:
            yield NewApproval(body, ref, _day("Decided on", today))


def _tables(catalogue: "Catalogue") -> Iterator["NewTable"]:
    from enclave.actions.new_project import NewTable

    while name := _choice("Table (no more: leave empty)", list(catalogue.tables), default=""):
        table = catalogue.tables[name]
        if table.public:
            yield NewTable(name)
            continue
        years = _several("Years, with commas between", _years(table, catalogue)) if table.year else []
        yield NewTable(name, tuple(years), tuple(_fields(table)))


def _years(table: "Table", catalogue: "Catalogue") -> Sequence[str]:
    code_set = table.fields[table.year.field].code_set if table.year else None
    return catalogue.code_sets[code_set].values if code_set else ()


def _fields(table: "Table") -> Iterator["NewField"]:
    from enclave.actions.new_project import NewField

    while name := _choice(f"Field of {table.name} (no more: leave empty)", list(table.fields), default=""):
        default = "link" if name == table.key else "group, filter"
        uses = _several(
            "Uses, with commas between", ("aggregate", "filter", "group", "link"), default=default
        )
        why = typer.prompt(f"Why {name}")
        needs = table.fields[name].tier <= REASONED or table.presence is not None
        alternative = typer.prompt("Why less sensitive data would not do") if needs else ""
        yield NewField(name, tuple(uses), why, alternative)


def _choice(question: str, choices: Sequence[str], default: str | None = None) -> str:
    """One of the choices, asked for until it is one; the empty answer where that is the default."""

    def known(answer: str) -> str | None:
        from enclave.documents import did_you_mean

        if answer in choices or answer == default:
            return None
        return f'"{answer}" is none of them.{did_you_mean(answer, choices)}'

    shown = f"{question} ({', '.join(choices)})" if len(choices) <= len(ARTICLE_6) else question
    return _until_good(shown, known, default)


def _several(question: str, choices: Sequence[str], default: str = "") -> list[str]:
    def known(answer: str) -> str | None:
        from enclave.documents import did_you_mean

        wrong = [word for word in _split(answer) if word not in choices]
        return f'"{wrong[0]}" is none of them.{did_you_mean(wrong[0], choices)}' if wrong else None

    return _split(_until_good(question, known, default))


def _split(answer: str) -> list[str]:
    return [word.strip() for word in answer.split(",") if word.strip()]


def _day(question: str, default: date) -> date:
    def known(answer: str) -> str | None:
        try:
            date.fromisoformat(answer)
        except ValueError:
            return "a date was expected, in the form YYYY-MM-DD"
        return None

    return date.fromisoformat(_until_good(question, known, default.isoformat()))


def _until_good(question: str, wrong: Callable[[str], str | None], default: str | None) -> str:
    while True:
        answer = str(typer.prompt(question, default=default, show_default=bool(default)))
        complaint = wrong(answer)
        if complaint is None:
            return answer
        complain(complaint)


def written(id: str, path: Path, text: str) -> None:
    """Write the new file; never over another."""
    path.parent.mkdir(exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    say(
        f"Wrote {path.name}. Next: enclave policy check, commit it, enclave policy apply --reason ...  ({id})"
    )
