"""What a notebook adds, with a shell that keeps what IPython promises."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest

from enclave.client import Problem, Refused, load_ipython_extension
from enclave.client.problems import problem_of
from tests.unit.client.fake_service import TABLE, URL, FakeService, gives, problem, query

SQL = "SELECT surname FROM pupils -- <b>"
SPAN = {"start": 7, "end": 14, "line": 1, "column": 8, "text": "surname"}
DOCUMENT = {
    "code": "field-not-granted",
    "title": "No",
    "detail": "No project has <it>.",
    "spans": [SPAN],
    "fixes": [{"title": "Take it out", "edits": [{"start": 7, "end": 14, "text": "count(*)"}]}],
}


@dataclass
class Shell:
    user_ns: dict[str, Any] = field(default_factory=dict)
    magics: dict[str, Any] = field(default_factory=dict)

    def register_magic_function(self, func: Any, magic_kind: str, magic_name: str) -> None:
        assert magic_kind == "cell"
        self.magics[magic_name] = func


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    found = (
        FakeService()
        .on("GET /api/v1/me", gives({"projects": [{"id": "P-1", "title": "One"}]}))
        .on("POST /api/v1/queries", query(status="released", output="O-1"))
        .on("GET /api/v1/outputs/O-1", gives({"id": "O-1"}))
        .on("GET /api/v1/outputs/O-1/table", gives(TABLE))
    )
    monkeypatch.setenv("ENCLAVE_TOKEN", "t")
    monkeypatch.setenv("ENCLAVE_URL", URL)
    found.takes_over(monkeypatch)
    return found


@pytest.fixture
def shell() -> Shell:
    made = Shell()
    load_ipython_extension(made)
    return made


def test_a_cell_is_asked_and_its_table_is_kept_under_a_name(fake: FakeService, shell: Shell) -> None:
    assert shell.magics["enclave"]("--name 'pupils by region' --out df", "SELECT 1") is None
    assert shell.user_ns["df"].pupils.tolist()[0] == 12
    assert b"pupils by region" in fake.calls("POST /api/v1/queries")[0].content


@pytest.mark.usefixtures("fake")
def test_a_cell_without_a_name_shows_its_table(shell: Shell) -> None:
    assert list(shell.magics["enclave"]("", "SELECT 1").columns) == ["region", "pupils"]


def test_a_cell_that_needs_checkers_gives_the_query(fake: FakeService, shell: Shell) -> None:
    fake.on("POST /api/v1/queries", query(status="done"))
    assert repr(shell.magics["enclave"]("", "SELECT 1")) == "<Query Q-1: done>"


@pytest.mark.parametrize("line", ["--oot df", "--out 'd f'", "spare"])
def test_a_slip_in_the_words_of_a_cell_asks_nothing_and_says_so(
    line: str, fake: FakeService, shell: Shell
) -> None:
    with pytest.raises(Problem) as found:
        shell.magics["enclave"](line, "SELECT 1")
    assert found.value.code == "wrong-use"
    assert fake.asked == []


def test_a_refused_cell_raises_the_refusal_with_its_query(fake: FakeService, shell: Shell) -> None:
    fake.on("POST /api/v1/queries", problem("field-not-granted", 403, spans=[SPAN]))
    with pytest.raises(Refused) as refused:
        shell.magics["enclave"]("", SQL)
    assert refused.value.sql == SQL


class Marks(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.marked = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data
        self.marked += data if self.tags[-1] == "mark" and not self.marked else ""


def test_a_refusal_as_html_marks_the_words_gives_the_reason_and_a_query_that_would_do() -> None:
    refused = problem_of(DOCUMENT, status=403, sql=SQL)
    assert isinstance(refused, Refused)
    page = Marks(refused._repr_html_())
    assert page.marked == "surname"
    assert "No project has <it>." in page.text
    assert "SELECT count(*) FROM pupils -- <b>" in page.text
    assert {"b", "it", "script"} & set(page.tags) == set()


def test_a_refusal_shows_no_stack_in_a_notebook() -> None:
    refused = problem_of(DOCUMENT, status=403, sql=SQL)
    assert "\n".join(refused._render_traceback_()) == str(refused)


@pytest.mark.parametrize(
    "spoilt", [{"spans": 1}, {"spans": [{"start": "x"}]}, {"fixes": [1]}, {"others": "x"}, {"detail": None}]
)
def test_a_problem_that_is_half_understood_is_still_shown(spoilt: dict[str, Any]) -> None:
    found = problem_of({**DOCUMENT, "spans": [], "fixes": [], **spoilt}, status=403, sql=SQL)
    assert "field-not-granted" in str(found)
