"""Reports and notices: what they say, in which words, for whom."""

import html
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.reports import reporter
from enclave.transparency.languages import Language, language
from enclave.transparency.reach_counts import HIDDEN, Counted
from enclave.transparency.reading_age import reading_age
from enclave.transparency.report_pages import MOST_FOR_CHILDREN, Kind, page_of
from enclave.transparency.report_print import page_pdf
from enclave.transparency.reports import Provider, Report, Reporter
from tests.support.translated import Marked

CHILDREN = (Kind.CHILDREN, Kind.CHILDREN_NOTICE)
MOST_WORDS_ON_TWO_SIDES = 900
AGE = 9.5


def made(projects: int = 3) -> Reporter:
    found = reporter(6, projects)
    provider = Provider("100000", "A <b>payments</b> firm", "Names and meals", "To pay for lunch")
    return replace(found, providers={"100000": (provider,)})


def with_counts(found: Reporter, counts: list[int]) -> Reporter:
    (first, *_) = found.counted.projects
    reach = replace(first, by_cluster={"2024/25": np.array(counts)})
    return replace(found, counted=Counted(found.counted.on, found.counted.clusters, (reach,)))


def report(found: Reporter, code: str = "100000") -> Report:
    one = found.cluster(code)
    assert one is not None
    return one


def words(page: str) -> str:
    """What a reader sees, a line for each piece."""
    body = re.sub(r"<(style|title|head)>.*?</\1>", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"</(li|h1|h2|p|div|th|td|caption)>", "\n", body)))


def test_a_cluster_is_told_of_the_projects_that_looked_through_its_records() -> None:
    found = report(with_counts(made(), [120, 0, HIDDEN, 50, 50, 50]))
    (use,) = found.uses
    assert (use.units, use.latest_year, use.organisation) == (
        120,
        "2024/25",
        "Northbridge University (example)",
    )
    text = words(page_of(found, Kind.REPORT, language()))
    assert "at least 120" in text
    assert use.title in text
    assert "School census: school, year group and needs" in text


def test_a_number_that_is_not_shown_is_c_and_nobody_is_no_line() -> None:
    found = with_counts(made(), [120, 0, HIDDEN, 50, 50, 50])
    assert report(found, "100001").uses == ()
    (use,) = report(found, "100002").uses
    assert use.units is None
    assert ">c</abbr>" in page_of(report(found, "100002"), Kind.REPORT, language())


def test_an_area_has_the_sum_of_what_is_shown_of_its_clusters() -> None:
    (area,) = with_counts(made(), [120, 0, HIDDEN, 50, 50, 50]).areas()
    assert area.uses[0].units == 270


def test_every_cluster_of_the_listing_has_a_report_also_where_nothing_was_used() -> None:
    found = replace(made(), counted=Counted(made().counted.on, (), ()))
    reports = list(found.clusters())
    assert len(reports) == 6
    assert "No project looked through records from here" in page_of(reports[0], Kind.REPORT, language())


def test_notices_name_the_real_recipients_and_what_the_cluster_declared() -> None:
    for kind in (Kind.NOTICE, Kind.CHILDREN_NOTICE):
        text = words(page_of(report(made()), kind, language()))
        assert "Northbridge University" in text
        assert "A <b>payments</b> firm" in text, "what was declared is text"


@pytest.mark.parametrize("kind", CHILDREN)
@pytest.mark.parametrize("projects", [0, 1, 8, 25])
def test_a_childrens_page_can_be_read_at_nine(kind: Kind, projects: int) -> None:
    """The page's own words: names of projects and organisations are as they are."""
    found = report(made(max(projects, 1)))
    plain = replace(
        found, uses=tuple(replace(use, title="pupils", organisation="A school") for use in found.uses)
    )
    plain = replace(plain, uses=plain.uses[:projects], providers=(), contact="")
    assert reading_age(words(page_of(plain, kind, language()))) <= AGE


@pytest.mark.parametrize("kind", CHILDREN)
def test_a_childrens_page_is_short_however_many_projects_there_are(kind: Kind) -> None:
    found = report(made(40))
    text = words(page_of(found, kind, language()))
    assert len(text.split()) < MOST_WORDS_ON_TWO_SIDES
    assert text.count("Northbridge University") <= MOST_FOR_CHILDREN


def every_state() -> dict[str, Report]:
    """Reports that say each thing which a report can say."""
    found, nobody = made(), replace(made(), counted=Counted(made().counted.on, (), ()))
    return {
        "several projects and a provider": report(found),
        "more projects than a child is told of": report(made(40)),
        "one project": report(made(1)),
        "a number that is not shown": report(with_counts(found, [120, 0, HIDDEN, 50, 50, 50]), "100002"),
        "nobody and nothing": replace(report(nobody), providers=(), contact=""),
        "an area": next(iter(found.areas())),
        "an area without uses": next(iter(nobody.areas())),
        "nothing is forbidden": replace(report(found), never=()),
        "real data": replace(report(found), synthetic=False),
    }


def test_the_states_differ_in_what_they_say() -> None:
    pages = {
        tuple(page_of(found, kind, language()) for kind in Kind if not found.of_area or "notice" not in kind)
        for found in every_state().values()
    }
    assert len(pages) == len(every_state())


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("state", every_state())
def test_every_text_is_offered_to_translators(kind: Kind, state: str) -> None:
    found = every_state()[state]
    data = {
        *(
            text
            for use in found.uses
            for text in (use.title, use.organisation, use.why, use.project, *use.years)
        ),
        *(kind_ for use in found.uses for kind_ in (*use.kinds, *use.child_kinds)),
    }
    made_up = page_of(found, kind, Language("xx", Marked()))
    (title,) = re.findall(r"<title>(.*?)</title>", made_up, re.DOTALL)
    page = f"{words(made_up)} {html.unescape(title)}"
    rest = re.sub(r"«[^»]*»", "", page)
    for text in sorted(data, key=len, reverse=True):
        rest = rest.replace(text, "")
    left = set(re.findall(r"[A-Za-z]{3,}", rest)) - set(re.findall(r"[A-Za-z]{3,}", AROUND))
    assert left == set()


AROUND = (
    "School Area Pupils Example enclave comments example payments firm Names and meals pay for lunch register"
)
"""Names, what a school declared, and addresses."""


def test_the_words_are_the_catalogues() -> None:
    catalogue = made().catalogue
    other = replace(
        catalogue,
        units={"patient": replace(catalogue.units["pupil"], one="patient", many="patients")},
        clusters={"school": replace(catalogue.clusters["school"], one="hospital", many="hospitals")},
    )
    found = replace(made(), catalogue=other)
    text = words(page_of(report(found), Kind.NOTICE, language()))
    assert "The hospital sends information about its patients" in text
    assert not re.search(
        r"\bpupils\b", text.replace(found.register.projects[0].project.purpose.public_summary, "")
    )


def test_harder_texts_have_higher_ages() -> None:
    easy = "The cat sat on the mat. It was fat."
    hard = "Longitudinal administrative information facilitates methodological investigation of educational attainment."
    assert reading_age(easy) < 7 < 15 < reading_age(hard)


@pytest.mark.parametrize("kind", CHILDREN)
@pytest.mark.parametrize("language_", [language(), Language("xx", Marked())])
def test_a_childrens_page_is_at_most_two_sides_of_paper_however_many_projects_there_are(
    kind: Kind, language_: Language
) -> None:
    """With names as long as people write them, and with as many providers as a school may well declare."""
    found = report(made(30))
    long = "Attendance and attainment of children in need, by year and area, " * 2
    uses = tuple(replace(use, title=long, organisation=f"{long[:60]} {use.project}") for use in found.uses)
    providers = tuple(Provider("100000", f"{long[:60]} {n}", "Names", "For lunch") for n in range(8))
    assert len(uses) > MOST_FOR_CHILDREN
    page = page_of(replace(found, uses=uses, providers=providers), kind, language_)
    assert 1 <= sides(page_pdf(page)) <= 2
    assert f"And {len(uses) - MOST_FOR_CHILDREN} more" in words(page)


def sides(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def printed(pdf: bytes) -> str:
    """The words of a PDF, read with nothing of what wrote it."""
    found = []
    for stream in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        texts = re.findall(rb"Td \((.*)\) Tj", zlib.decompress(stream))
        found += [re.sub(rb"\\(.)", rb"\1", text).decode("cp1252") for text in texts]
    return re.sub(r"Page \d+ of \d+", "", " ".join(found))


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_printed_says_what_the_page_says(kind: Kind) -> None:
    page = page_of(report(made(30)), kind, language())
    paper = re.sub(r"[\s•]+", "", printed(page_pdf(page)))
    for line in words(page).split("\n"):
        if line.strip() and line.strip() != "Projects":
            assert re.sub(r"\s+", "", line) in paper, line


def test_on_a_childrens_page_the_most_used_come_first() -> None:
    found = report(made(20))
    text = words(page_of(found, Kind.CHILDREN, language()))
    shown = [int(one.replace(",", "")) for one in re.findall(r"looked at ([\d,]+) of you", text)]
    assert shown == sorted((use.units or 0 for use in found.uses), reverse=True)[:MOST_FOR_CHILDREN]


def test_the_notice_names_what_the_house_never_allows() -> None:
    found = made()
    house = replace(found.register.house, never=frozenset({"ranking_of_streets", "marketing"}))
    told = replace(found, register=replace(found.register, house=house))
    text = words(page_of(report(told), Kind.NOTICE, language()))
    assert "Marketing\nRanking of streets\n" in text
    assert "mmigration" not in text.split("What it is never used for")[1].split("How long")[0]
