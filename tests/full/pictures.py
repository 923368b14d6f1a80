"""Pictures of the pages for the documentation, and to be looked at: `python -m tests.full.pictures [FOLDER]`."""

import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.reports import reporter
from enclave.actions.check_policy import load_policies
from enclave.outputs.states import Verdict
from enclave.terms import PersonId
from enclave.transparency.languages import language
from enclave.wiring.policy_versions import Version, new_files, write_version
from enclave.wiring.publishing import publish
from tests.full.bars import Looking
from tests.support.browser import a_browser
from tests.support.seeded import asked, many, on_a_port, wide
from tests.support.service import (
    ADMIN,
    ASKS,
    CHECKERS,
    OFFICER,
    SENIOR,
    STEWARD,
    THIS,
    Files,
    edit_yaml,
    write_service_policies,
)
from tests.support.web import ANYBODY, Web

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
BY_SEX = "SELECT sex, count(*) AS patients\nFROM patient\nGROUP BY 1"
HEAVIER = "SELECT sex, count(*) AS patients\nFROM patient\nWHERE weight > 30.5\nGROUP BY 1"
MOST_HIGH = 2_000
WHY = "Table 2 of the working paper. We left out the year, as you asked."


def main(folder: Path) -> None:
    """Draw each page at a desktop's width, and the two that checkers use most at a telephone's."""
    with tempfile.TemporaryDirectory() as place, Web(Path(place)) as web:
        pages = _seeded(web)
        with on_a_port(web) as url, a_browser() as browser:
            for name, path, person, width in pages:
                signed = {} if person == ANYBODY else {"Authorization": f"Bearer {web.token(person)}"}
                context = browser.new_context(
                    viewport={"width": width, "height": 900}, extra_http_headers=signed, locale="en-GB"
                )
                page = Looking(context.new_page()).opens(url + path)
                height = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": width, "height": min(height, MOST_HIGH)})
                page.screenshot(path=folder / f"{name}.png", full_page=False)
                context.close()


def _seeded(web: Web) -> list[tuple[str, str, PersonId, int]]:
    service = web.service
    before = asked(service, BY_SEX, name="Patients by sex")
    service.vote(before, CHECKERS[1])
    finding = asked(service, HEAVIER, name="Patients by sex", why=WHY)
    clear = asked(service, BY_SEX + "\nORDER BY 1", name="Patients by sex, in order")
    large = wide(service, of=clear, rows=60, columns=9)
    many(service, 4, of=clear)
    disputed = service.with_checkers()
    service.vote(disputed, CHECKERS[1], Verdict.REJECT, "It could be subtracted from O-1.")
    service.vote(disputed, CHECKERS[2])
    returned = asked(service, BY_SEX + "\nORDER BY 2", name="Patients by sex, by number")
    service.vote(returned, CHECKERS[1], Verdict.RETURN, "Which year is it?")
    _files(web)
    case = _cases(web)
    paper = {"kind": "publication", "about": THIS, "title": "Patients by sex", "text": "A working paper"}
    web.call("POST", "/register/notes", ASKS, body=paper)
    publish(web.gateway.home, reporter(3, 1), language())
    return [
        ("checker-queue", "/checking", CHECKERS[0], 1280),
        ("checker-output", f"/checking/{finding}", CHECKERS[0], 1280),
        ("checker-table", f"/checking/{large}", CHECKERS[0], 1280),
        ("checker-output-narrow", f"/checking/{finding}", CHECKERS[0], 320),
        ("checker-released", "/checking/past/released", CHECKERS[0], 1280),
        ("checker-returned", "/checking/past/returned", CHECKERS[0], 1280),
        ("checker-afterwards", "/looks", CHECKERS[0], 1280),
        ("revocations", "/revocations", SENIOR, 1280),
        ("cases", "/cases", STEWARD, 1280),
        ("case", f"/cases/{case}", ADMIN, 1280),
        ("demands", "/demands", ANYBODY, 1280),
        ("reports", "/reports?search=school", ANYBODY, 1280),
        ("reports-place", "/reports/clusters/100000", ANYBODY, 1280),
        ("sign-in", "/sign-in", ANYBODY, 1280),
        ("notice", "/reports/clusters/100000/privacy-notice-for-children", ANYBODY, 1280),
        ("problem", "/problems/individual-rows", ANYBODY, 1280),
        ("oversight-projects", "/oversight/projects", ADMIN, 1280),
        ("oversight-versions", "/oversight/versions", ADMIN, 1280),
        ("oversight-data", "/oversight/data", STEWARD, 1280),
        ("oversight-jobs", "/oversight/jobs", ADMIN, 1280),
        ("checker-keys", "/checking/keys", CHECKERS[0], 1280),
        ("register", "/register", ANYBODY, 1280),
        ("register-narrow", "/register", ANYBODY, 320),
        ("register-use", f"/register/{THIS}", ANYBODY, 1280),
        ("methods", "/methods/differences", ANYBODY, 1280),
        ("oversight", "/oversight", ADMIN, 1280),
        ("oversight-people", "/oversight/people", ADMIN, 1280),
        ("oversight-project", f"/oversight/projects/{THIS}", ADMIN, 1280),
        ("oversight-version", "/oversight/versions/1", ADMIN, 1280),
        ("oversight-record", "/oversight/record", ADMIN, 1280),
    ]


def _cases(web: Web) -> str:
    """Somebody who asks for their record, and waits for the look-up to be allowed; a demand; a retraction."""
    new = {
        "kind": "access",
        "received_on": "2026-11-24",
        "contact": "by letter",
        "about": "All you hold on me",
    }
    case = str(web.call("POST", "/cases", OFFICER, body={**new, "through": "H-1"}).json()["id"])
    verified = {"did": "verify", "texts": {"identity": "A passport was seen"}}
    web.call("POST", f"/cases/{case}/acts", ADMIN, body=verified)
    wanted = {"did": "ask for the look-up", "criteria": {"nhs_number": "943 476 5919"}}
    web.call("POST", f"/cases/{case}/acts", OFFICER, body=wanted)
    demand = {"kind": "demand", "authority": "A county court", "basis": "An order of 3 November 2026"}
    web.call("POST", "/cases", STEWARD, body={**new, **demand})
    web.call("POST", "/cases", STEWARD, body={**new, "kind": "objection"})
    wanted_gone = {"table": "patient", "field": "weight", "reason": "It was asked for by mistake"}
    web.call("POST", "/retractions", STEWARD, body=wanted_gone)
    return case


def _files(web: Web) -> None:
    """The house's files, and a version with one of them changed, which waits for a second administrator."""
    home, now = web.gateway.home, web.service.clock.now()
    write_service_policies(home.policies)
    for path in (home.policies / "people").glob("*.yaml"):
        edit_yaml(path, _called_after_their_role)
    web.service.policies = load_policies(home.policies, today=now.date())
    files = new_files(home, 1)
    shutil.copytree(home.policies, files, dirs_exist_ok=True)
    edit_yaml(files / f"projects/{THIS}.yaml", _for_longer)
    changed = load_policies(files, today=now.date())
    version = Version(
        number=1,
        commit="5f1c80a3b6aa08b867ec",
        author=str(ADMIN),
        reason="The funder gave six months more",
        content_hash=changed.content_hash,
        against=web.service.policies.content_hash,
        widened=(f"{THIS} dates ends",),
        proposed_by=str(ADMIN),
        proposed_at=now,
    )
    write_version(home, version)


def _called_after_their_role(person: Files) -> None:
    roles = person["roles"]
    assert isinstance(roles, list)
    person["display_name"] = f"{roles[-1].replace('_', ' ').capitalize()} (example)"


def _for_longer(project: Files) -> None:
    dates = project["dates"]
    assert isinstance(dates, dict)
    dates["ends"] = date(2029, 6, 30)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
