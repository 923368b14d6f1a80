"""The register for people: plain pages that need no script and load nothing from elsewhere but one style sheet."""

from collections.abc import Iterable, Sequence
from datetime import date
from importlib.resources import files

from enclave.transparency.markup import Markup, joined, markup
from enclave.transparency.register import (
    Activity,
    Register,
    RegisteredField,
    RegisteredProject,
    RegisteredTable,
    Release,
)
from enclave.transparency.register_json import totals

STYLESHEET = (files(__package__) / "register.css").read_text("utf-8")
ANNEX_B = {"none": "", "identifying": ", identifying", "highly_sensitive": ", highly sensitive"}
HEADINGS = ("Item", "Used to", "Why it is needed", "Why less would not do", "How sensitive")
LEGAL = {
    "public_task": "Public task, UK GDPR Article 6(1)(e)",
    "research_statistics": "Research and statistics, UK GDPR Article 9(2)(j)",
}
SCALES = "How sensitive: the tier, from 1, the most sensitive, to 4, and the department's later two scales beside it."
IDENTIFIABILITY = {
    1: "names a person",
    2: "a number that names a person",
    3: "a number without meaning",
    4: "could single somebody out",
}
SENSITIVITY = {
    "A": "never leaves the department",
    "B": "highly sensitive",
    "C": "sensitive",
    "D": "special category",
}
USE_WORDS = {
    "link": "link records",
    "group": "group",
    "filter": "choose records",
    "aggregate": "count, add, average",
}


def register_page(register: Register, *, search: str = "") -> str:
    """Every use, or those that mention a word."""
    found = [entry for entry in register.projects if _mentions(entry, search)]
    numbers = totals(register)
    return _page(
        f"Who uses {register.unit} data, and why",
        register,
        joined(
            [
                markup("<h1>Who uses {unit} data, and why</h1>", unit=register.unit),
                markup(
                    '<p class="lead">Researchers come to the data. Nobody is sent a copy. '
                    "Only checked totals and averages leave.</p>"
                ),
                _numbers(
                    [
                        ("projects now", numbers["projects_now"]),
                        ("tables released", numbers["outputs_released"]),
                        ("tables rejected or sent back", numbers["outputs_sent_back"]),
                    ]
                ),
                _facts(
                    [
                        ("Applications", _applications(numbers)),
                        *((one.title, _authority(one.requests, one.records)) for one in register.authorities),
                    ]
                ),
                _search(search, len(found)),
                joined(_card(entry) for entry in found),
                markup('<p><a href="/api/v1/register">The register for programs (JSON)</a></p>'),
            ]
        ),
    )


def project_page(register: Register, id: str) -> str | None:
    """One use in full: who, why, by what right, which items and what came of it."""
    entry = register.entry(id)
    if entry is None:
        return None
    project = entry.project
    return _page(
        f"{project.title} ({project.id})",
        register,
        joined(
            [
                markup('<p><a href="/register">All uses</a></p><h1>{title}</h1>', title=project.title),
                markup('<p class="lead">{summary}</p>', summary=project.purpose.public_summary),
                _about(entry),
                markup("<h2>Items of information, each with its reason</h2><p>{scales}</p>", scales=SCALES),
                joined(_table(table) for table in entry.tables),
                markup("<h2>What was asked, and what came of it</h2>"),
                _activity(entry.activity),
                markup(
                    '<p><a href="/api/v1/register/{id}">This entry for programs (JSON)</a></p>', id=project.id
                ),
            ]
        ),
    )


def _page(title: str, register: Register, body: Markup) -> str:
    return markup(
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<title>{title}</title><link rel="stylesheet" href="/register/style.css"></head>'
        '<body><a class="skip" href="#main">Skip to main content</a>'
        '<header><p><a href="/register">{house}: register of uses</a></p></header>{synthetic}'
        '<main id="main">{body}</main>'
        "<footer><p>Generated on {at} from the policy in force and the audit log. "
        '<a href="/audit/checkpoint">Signed state of the log</a></p></footer></body></html>\n',
        title=title,
        house=register.house.name,
        synthetic=_synthetic(register.house.synthetic),
        body=body,
        at=_day(register.at.astimezone(register.house.time_zone).date()),
    )


def _synthetic(synthetic: bool) -> Markup:
    words = "All people, places and figures on this page are made up."
    return (
        markup('<p class="synthetic"><strong>Synthetic</strong> {words}</p>', words=words)
        if synthetic
        else Markup()
    )


def _numbers(numbers: Iterable[tuple[str, int]]) -> Markup:
    parts = (
        markup("<li><strong>{count}</strong> {of}</li>", count=f"{count:,}", of=of) for of, count in numbers
    )
    return markup('<ul class="numbers">{parts}</ul>', parts=joined(parts))


def _facts(facts: Iterable[tuple[str, object]]) -> Markup:
    rows = (
        markup("<div><dt>{name}</dt><dd>{words}</dd></div>", name=name, words=words) for name, words in facts
    )
    return markup("<dl>{rows}</dl>", rows=joined(rows))


def _applications(numbers: dict[str, int]) -> str:
    return f"{numbers['applications_waiting']} waiting, {numbers['applications_rejected']} rejected"


def _authority(requests: int, records: int) -> str:
    return f"{requests} requests, {records} records given"


def _search(search: str, found: int) -> Markup:
    return markup(
        '<form method="get" action="/register" role="search"><label for="q">Search by topic or organisation</label>'
        '<input id="q" name="q" type="search" maxlength="100" value="{search}"> <button>Search</button></form>'
        "<h2>{count}</h2>",
        search=search,
        count=f"{_count(found, 'use')}{f' that mention “{search}”' if search else ''}",
    )


def _mentions(entry: RegisteredProject, search: str) -> bool:
    word = search.casefold().strip()
    fields = (field.name + " " + field.description for table in entry.tables for field in table.fields)
    project = entry.project
    texts = (project.id, project.title, project.purpose.public_summary, entry.organisation.name, *fields)
    return any(word in text.casefold() for text in texts)


def _card(entry: RegisteredProject) -> Markup:
    project = entry.project
    return markup(
        '<article><h3><a href="/register/{id}">{title}</a></h3><p>{summary}</p>{facts}</article>',
        id=project.id,
        title=project.title,
        summary=project.purpose.public_summary,
        facts=_facts(
            [
                ("Who", entry.organisation.name),
                ("Data", _data(entry)),
                ("Released so far", _count(len(entry.activity.releases), "table")),
                ("State", _state(entry)),
                ("Reference", project.id),
            ]
        ),
    )


def _data(entry: RegisteredProject) -> str:
    about = [table for table in entry.tables if not table.public]
    names = ", ".join(table.name.replace("_", " ") for table in about)
    years = sorted({year for table in about for year in table.years or ()})
    span = f", {years[0]} to {years[-1]}" if len(years) > 1 else "".join(f", {year}" for year in years)
    return f"{names}: {_count(entry.items, 'item')} of information{span}"


def _state(entry: RegisteredProject) -> str:
    dates = entry.project.dates
    match entry.stage:
        case "application":
            return "Application, waiting for a decision"
        case "rejected":
            return "Application, rejected"
        case "active":
            return f"Active; ends {_day(dates.ends)}; {_destroyed(entry)}"
        case "not begun":
            return f"Approved; begins {_day(dates.starts)}"
        case stage:
            return f"{stage.capitalize()}; {_destroyed(entry)}"


def _destroyed(entry: RegisteredProject) -> str:
    return f"everything not released is destroyed by {_day(entry.project.dates.destroy_by)}"


def _about(entry: RegisteredProject) -> Markup:
    project = entry.project
    approvals = joined(
        markup("<li>{body}: {ref}, {on}</li>", body=_words(one.body), ref=one.ref, on=_day(one.decided_on))
        for one in project.approvals
    )
    return _facts(
        [
            ("Reference", project.id),
            ("State", _state(entry)),
            ("Who", f"{entry.organisation.name}, {_words(entry.organisation.kind.value)}"),
            ("Led by", entry.lead or "nobody yet"),
            ("People on it", len(project.members)),
            ("Purpose", entry.purpose),
            ("Public benefit", project.purpose.public_benefit),
            ("Never for", ", ".join(map(_words, project.purpose.never))),
            ("Legal basis", _legal(entry)),
            ("Gateway", project.legal.gateway),
            ("Impact assessment", f"{project.legal.dpia_ref}, {_day(project.legal.dpia_reviewed_on)}"),
            ("Decisions", markup("<ul>{approvals}</ul>", approvals=approvals) if approvals else "none yet"),
            ("From", _day(project.dates.starts)),
            ("Until", _day(project.dates.ends)),
            ("Reviewed by", _day(project.dates.review_by)),
            ("Destroyed by", _day(project.dates.destroy_by)),
            ("Questions", entry.organisation.data_protection_contact),
        ]
    )


def _legal(entry: RegisteredProject) -> str:
    legal = entry.project.legal
    bases = (legal.article_6, legal.article_9) if legal.article_9 else (legal.article_6,)
    return "; ".join(LEGAL.get(basis, _words(basis)) for basis in bases)


def _table(table: RegisteredTable) -> Markup:
    heading = markup("<h3>{name}</h3><p>{about}</p>", name=table.name, about=_table_about(table))
    if table.public:
        return heading
    head = joined(markup('<th scope="col">{name}</th>', name=name) for name in HEADINGS)
    return markup(
        '{heading}<div class="wide" role="region" aria-label="Items of {name}" tabindex="0"><table>'
        "<caption>Items of {name}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>",
        heading=heading,
        name=table.name,
        head=head,
        rows=joined(map(_field, table.fields)),
    )


def _table_about(table: RegisteredTable) -> str:
    about = table.description.rstrip(".") + "."
    if table.public:
        return f"{about} A public table about no person; all of it."
    years = f" Years: {', '.join(table.years)}." if table.years else ""
    limits = "; ".join(f"{name} {', '.join(values)}" for name, values in (table.rows or {}).items())
    rows = f" Only records of {limits}." if limits else ""
    return f"{about}{years}{rows}"


def _field(field: RegisteredField) -> Markup:
    return markup(
        '<tr><th scope="row"><code>{name}</code><br>{description}</th><td>{uses}</td><td>{why}</td><td>{less}</td>'
        "<td>tier {tier}{annex}; {scales}</td></tr>",
        name=field.name,
        description=field.description,
        uses=", ".join(USE_WORDS[use] for use in field.uses),
        why=field.why,
        less=field.less_sensitive_alternative or "",
        tier=field.tier,
        annex=ANNEX_B.get(field.annex_b, ""),
        scales=_scales(field),
    )


def _scales(field: RegisteredField) -> str:
    """The code of both scales, and the words of what is not `other` on them."""
    words = (IDENTIFIABILITY.get(field.identifiability), SENSITIVITY.get(field.sensitivity))
    named = ", ".join(word for word in words if word)
    return f"{field.identifiability}{field.sensitivity}{f' ({named})' if named else ''}"


def _activity(activity: Activity) -> Markup:
    facts: list[tuple[str, object]] = [
        ("Queries run", activity.queries_run),
        ("Queries refused", activity.queries_refused),
        ("Tables released", len(activity.releases)),
        ("Of all tables, seen by checkers", activity.outputs_with_checkers),
        ("Rejected or sent back", activity.outputs_sent_back),
        ("Revoked", activity.outputs_revoked),
    ]
    if activity.median_hours_with_checkers is not None:
        facts.append(
            ("Usual wait for checkers", f"{_count(activity.median_hours_with_checkers, 'hour')} or less")
        )
    return joined([_facts(facts), _releases(activity.releases)])


def _releases(releases: Sequence[Release]) -> Markup:
    if not releases:
        return markup("<p>Nothing has been released yet.</p>")
    return markup(
        '<div class="wide" role="region" aria-label="Tables released" tabindex="0"><table><caption>Tables released'
        '</caption><thead><tr><th scope="col">Reference</th><th scope="col">Title</th><th scope="col">Released</th>'
        '<th scope="col">How it was checked</th><th scope="col">Audit log</th></tr></thead><tbody>{rows}</tbody>'
        "</table></div>",
        rows=joined(map(_release, releases)),
    )


def _release(release: Release) -> Markup:
    people = f"by {_count(release.checkers, 'checker')}" if release.checkers else "by rule, automatically"
    return markup(
        '<tr><th scope="row">{id}</th><td>{title}</td><td>{day}{revoked}</td><td>{how}</td><td>{leaf}</td></tr>',
        id=release.id,
        title=release.title,
        day=_day(release.released_at.date()),
        revoked="; revoked" if release.revoked else "",
        how=people,
        leaf="" if release.leaf is None else f"entry {release.leaf}",
    )


def _words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
