"""Notice of a widening: anybody reads what will be let through and from when, and nobody's name."""

from datetime import timedelta
from pathlib import Path

from enclave.wiring.policy_versions import Version, new_files, write_version
from tests.support.service import NOW
from tests.support.web import Web

WIDENED = (
    "P-2026-014 school_census_pupil.gender",
    "P-2026-014 people",
    "new@northbridge.example",
    "a-university",
)


def version(web: Web, number: int, days: int | None) -> None:
    """A version that will be in force in so many days; None: it waits."""
    new_files(web.gateway.home, number)
    from_ = None if days is None else NOW + timedelta(days=days)
    made = Version(number, "c" * 40, "a@x.example", "why", "h", None, WIDENED, "a@x.example", NOW, "b", from_)
    write_version(web.gateway.home, made)


def test_a_widening_is_announced_while_its_notice_runs(tmp_path: Path) -> None:
    with Web(tmp_path) as web:
        assert web.client.get("/api/v1/register/changes").json()["items"] == []
        version(web, 1, 0)
        version(web, 2, 14)
        version(web, 3, None)
        (one,) = web.client.get("/api/v1/register/changes").json()["items"]
        assert one["version"] == 2
        assert one["in_force_from"].startswith("2026-12-10T12:00:00")
        assert one["widens"] == [*WIDENED[:2], "people and organisations"]
        web.service.clock.move(days=14)
        assert web.client.get("/api/v1/register/changes").json()["items"] == []


def test_a_widening_that_was_overtaken_is_not_announced(tmp_path: Path) -> None:
    with Web(tmp_path) as web:
        version(web, 1, 14)
        version(web, 2, 0)
        assert web.client.get("/api/v1/register/changes").json()["items"] == []
