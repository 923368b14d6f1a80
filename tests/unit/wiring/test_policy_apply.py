"""From changed policy files to ones in force: committed, given a reason, and agreed to by a second where they widen."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from enclave.audit import Kind
from enclave.documents import Findings, Severity, render
from enclave.terms import PersonId
from enclave.wiring.home import Home, WrongUse, make_home, open_home
from enclave.wiring.in_force import LOOK_EVERY_SECONDS, PoliciesInForce
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.policies import policies_of
from enclave.wiring.policy_diff import difference
from enclave.wiring.policy_versions import must_be_reviewed, version_in_force, versions
from enclave.wiring.sources import SystemClock
from tests.unit.wiring.policy_home import (
    ADMIN,
    FILE,
    GENDER,
    NARROWER,
    PROJECT,
    SECOND,
    WIDER,
    PolicyHome,
)

CASES = f"projects/{PROJECT}.tests.yaml"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = make_home(tmp_path_factory.mktemp("home") / "home", policies=packaged_policies())
    policies_of(home)  # what was parsed once is not parsed again
    shutil.move(
        home.policies / CASES, home.root / "cases.yaml"
    )  # they take a while, and one test is about them
    PolicyHome(home).commit()
    return home


@pytest.fixture
def home(made: Home, tmp_path: Path) -> PolicyHome:
    shutil.copytree(made.root, tmp_path / "home")
    return PolicyHome(open_home(tmp_path / "home"))


def test_a_narrowing_is_in_force_when_the_call_returns_and_on_record_with_its_reason(
    home: PolicyHome,
) -> None:
    home.apply("the first")
    done = home.change(FILE, GENDER, NARROWER).commit().apply("less is enough", by=None)
    assert home.gender_uses() == {"group"}
    assert not done.findings
    entry = home.entries(Kind.POLICY_APPLIED)[0]
    assert entry.actor == ADMIN
    assert entry.body is not None
    assert entry.body["reason"] == "less is enough"
    assert entry.body["author"] == ADMIN
    assert entry.body["commit"] == done.version.commit
    assert entry.body["hash"] == home.in_force().content_hash
    assert home.entries(Kind.POLICY_PROPOSED) == ()


def test_a_widening_waits_for_a_second_administrator_and_says_so(home: PolicyHome) -> None:
    home.apply("the first")
    done = home.change(FILE, GENDER, WIDER).commit().apply()
    (finding,) = done.findings
    assert render(finding) == (
        "projects/P-2026-014.yaml: error[second-admin] this version WIDENS 1 grant and needs a second administrator\n"
        "      = fix: ask another administrator to run `enclave policy apply --confirm 2`"
    )
    assert home.gender_uses() == {"group", "filter"}
    home.confirm(2)
    assert home.gender_uses() == {"group", "filter", "aggregate"}
    assert [one.actor for one in home.entries(Kind.POLICY_PROPOSED)] == [ADMIN]
    assert [one.actor for one in home.entries(Kind.POLICY_CONFIRMED)] == [SECOND]


@pytest.mark.parametrize("who", [ADMIN, "auditor@enclave.example", "nobody@enclave.example", ""])
def test_nobody_but_another_administrator_can_agree(home: PolicyHome, who: str) -> None:
    home.apply("the first")
    home.change(FILE, GENDER, WIDER).commit().apply()
    with pytest.raises(WrongUse):
        home.confirm(2, by=who)
    assert home.gender_uses() == {"group", "filter"}


def test_the_author_of_a_commit_is_no_second_administrator_for_it(home: PolicyHome) -> None:
    home.apply("the first")
    home.change(FILE, GENDER, WIDER).commit(by=SECOND).apply(by=ADMIN)
    with pytest.raises(WrongUse, match="second administrator"):
        home.confirm(2, by=SECOND)


def test_whom_a_version_makes_an_administrator_is_none_before_it_is_in_force(home: PolicyHome) -> None:
    home.apply("the first")
    auditor = "people/auditor@enclave.example.yaml"
    home.change(auditor, "roles: [auditor]", "roles: [auditor, admin]").commit()
    with pytest.raises(WrongUse, match="has not the role admin"):
        home.apply(by="auditor@enclave.example")
    home.apply(by=ADMIN)
    with pytest.raises(WrongUse, match="has not the role admin"):
        home.confirm(2, by="auditor@enclave.example")


def test_the_register_gives_notice_before_a_widening_is_in_force(home: PolicyHome) -> None:
    home.change("house.yaml", "notice_days: 0 ", "notice_days: 14 ").commit().apply("the first")
    done = home.change(FILE, GENDER, WIDER).commit().apply()
    assert done.findings[0].fix.endswith("--confirm 2`; the register gives notice of the change first")
    from_ = home.confirm(2).version.in_force_from
    assert from_ is not None
    assert from_ - SystemClock().now() > timedelta(days=13)
    assert home.gender_uses() == {"group", "filter"}
    assert home.gender_uses(from_ - timedelta(seconds=1)) == {"group", "filter"}
    assert home.gender_uses(from_) == {"group", "filter", "aggregate"}


def test_a_widening_cannot_shorten_the_notice_of_itself(home: PolicyHome) -> None:
    home.change("house.yaml", "notice_days: 0 ", "notice_days: 14 ").commit().apply("the first")
    home.change("house.yaml", "notice_days: 14 ", "notice_days: 0 ").change(
        FILE, GENDER, WIDER
    ).commit().apply()
    from_ = home.confirm(2).version.in_force_from
    assert from_ is not None
    assert from_ - SystemClock().now() > timedelta(days=13)


def test_a_revocation_overtakes_a_widening_that_waits(home: PolicyHome) -> None:
    home.apply("the first")
    home.change(FILE, GENDER, WIDER).commit().apply()
    home.change(FILE, WIDER, NARROWER).commit().apply("at once")
    assert home.gender_uses() == {"group"}
    with pytest.raises(WrongUse, match="overtaken"):
        home.confirm(2)


def test_files_that_are_in_no_commit_cannot_be_applied(home: PolicyHome) -> None:
    home.change(FILE, GENDER, NARROWER)
    with pytest.raises(WrongUse, match=r"in no commit: projects/P-2026-014\.yaml"):
        home.apply()
    home.commit()
    (home.files / "projects" / "P-2026-099.yaml").write_text("id: P-2026-099\n")
    with pytest.raises(WrongUse, match="in no commit"):
        home.apply()


def test_files_without_git_cannot_be_applied(home: PolicyHome) -> None:
    shutil.rmtree(home.files / ".git")
    with pytest.raises(WrongUse, match="not under git"):
        home.apply()


def test_a_version_needs_a_reason(home: PolicyHome) -> None:
    with pytest.raises(WrongUse, match="say why"):
        home.apply(" ")


def test_the_same_files_are_not_applied_twice(home: PolicyHome) -> None:
    home.apply("the first")
    with pytest.raises(WrongUse, match="version 1 is in force and says the same"):
        home.apply("again")
    home.change(FILE, GENDER, WIDER).commit().apply()
    with pytest.raises(WrongUse, match="apply --confirm 2"):
        home.apply("again")


def test_files_with_an_error_or_a_case_that_fails_are_not_applied_and_leave_nothing(home: PolicyHome) -> None:
    home.apply("the first")
    home.change(FILE, "class: education_research", "class: education_reserch").commit()
    with pytest.raises(Findings):
        home.apply()
    home.change(FILE, "class: education_reserch", "class: education_research")
    shutil.copy(home.home.root / "cases.yaml", home.files / CASES)
    home.change(FILE, "{ name: term, use: [filter, group],", "{ name: term, use: [group, link],").commit()
    with pytest.raises(Findings) as failed:
        home.apply()
    assert {one.code for one in failed.value.findings} == {"case-failed"}
    assert [one.number for one in versions(home.home)] == [1]
    assert not (home.home.state / "policy-versions" / "000002").exists()


def test_a_revocation_does_not_wait_for_the_cases_that_it_breaks(home: PolicyHome) -> None:
    shutil.copy(home.home.root / "cases.yaml", home.files / CASES)
    home.commit().apply("the first")
    home.change(FILE, "  - { id: researcher@northbridge.example, role: researcher }\n", "").commit()
    done = home.apply("left")
    assert home.in_force().projects[PROJECT].member(PersonId("researcher@northbridge.example")) is None
    assert {(one.code, one.severity) for one in done.findings} == {("case-failed", Severity.WARNING)}


def test_what_is_edited_after_a_version_was_applied_changes_nothing(home: PolicyHome) -> None:
    home.apply("the first")
    home.change(FILE, GENDER, WIDER)
    assert home.gender_uses() == {"group", "filter"}


def test_a_version_whose_files_were_changed_is_not_in_force(home: PolicyHome) -> None:
    home.apply("the first")
    file = home.home.state / "policy-versions" / "000001" / "policies" / FILE
    file.write_text(file.read_text("utf-8").replace(GENDER, WIDER), "utf-8")
    with pytest.raises(Findings) as found:
        home.in_force()
    assert [one.code for one in found.value.findings] == ["changed-since"]


def test_a_link_in_a_commit_is_not_followed(home: PolicyHome, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text("secret: true\n")
    (home.files / "projects" / "P-2026-077.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    home.commit()
    with pytest.raises(WrongUse, match="no plain file"):
        home.apply()


def test_nothing_in_a_repository_is_run(home: PolicyHome, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    home.git("config", "core.fsmonitor", str(script))
    home.git("config", "core.hooksPath", str(tmp_path))
    for name in ("post-checkout", "pre-commit"):
        shutil.copy(script, tmp_path / name)
    home.apply("the first")
    assert not ran.exists()


def test_a_running_service_follows_versions_whole_and_at_their_time(home: PolicyHome) -> None:
    home.change("house.yaml", "notice_days: 0 ", "notice_days: 14 ").commit().apply("the first")
    seconds, clock = [0.0], [SystemClock().now()]
    announced: list[str] = []
    policies = PoliciesInForce(
        home.home,
        seconds_now=lambda: seconds[0],
        announce=lambda found: announced.append(found.content_hash),
        broken=lambda findings: pytest.fail(str(findings)),
        clock=lambda: clock[0],
    )
    first = policies().content_hash
    home.change(FILE, GENDER, WIDER).commit().apply()
    from_ = home.confirm(2).version.in_force_from
    assert from_ is not None
    seconds[0] += LOOK_EVERY_SECONDS
    assert policies().content_hash == first
    clock[0], seconds[0] = from_, seconds[0] + LOOK_EVERY_SECONDS
    assert policies().content_hash == versions(home.home)[-1].content_hash != first
    assert announced == [policies().content_hash]


def test_with_real_data_nothing_is_served_that_was_not_applied(home: PolicyHome) -> None:
    now = SystemClock().now()
    must_be_reviewed(home.home, now, synthetic=True)
    with pytest.raises(WrongUse, match="nothing was applied yet"):
        must_be_reviewed(home.home, now, synthetic=False)
    home.apply("the first")
    must_be_reviewed(home.home, SystemClock().now(), synthetic=False)


def test_the_first_version_of_real_data_needs_two_administrators_too(home: PolicyHome) -> None:
    home.change("house.yaml", "synthetic: true", "synthetic: false").commit()
    done = home.apply("the first")
    assert done.version.waits
    assert done.findings[-1].message == "this version WIDENS everything and needs a second administrator"
    with pytest.raises(WrongUse, match="nothing was applied yet"):
        must_be_reviewed(home.home, SystemClock().now(), synthetic=False)
    home.confirm(1)
    must_be_reviewed(home.home, SystemClock().now(), synthetic=False)


def test_what_was_never_finished_is_no_version(home: PolicyHome) -> None:
    home.apply("the first")
    unfinished = home.home.state / "policy-versions" / "000002" / "policies"
    shutil.copytree(home.files, unfinished, ignore=shutil.ignore_patterns(".git"))
    current = version_in_force(home.home, SystemClock().now())
    assert current is not None
    assert current.number == 1
    assert home.change(FILE, GENDER, NARROWER).commit().apply("next").version.number == 3


def test_a_diff_names_each_grant_that_changes_between_any_two_versions(home: PolicyHome) -> None:
    home.apply("the first")
    home.change(FILE, GENDER, WIDER).change(FILE, "  max_cells: 5000", "  max_cells: 4000").commit()
    for before, after in (("in-force", "files"), ("HEAD~1", "HEAD"), ("1", "HEAD"), ("v1", str(home.files))):
        found = difference(before, after, folder=home.files, home=home.home, replays=True)
        effects = found.comparison.by_subject()
        assert {subject: str(effect) for subject, effect in effects.items() if effect != "SAME"} == {
            f"{PROJECT}": "NARROWS",
            f"{PROJECT} school_census_pupil.gender": "WIDENS",
        }
        assert found.replayed == ()


@pytest.mark.parametrize("name", ["nothing", "--output=x", "9", "HEAD:projects"])
def test_a_diff_with_what_is_no_version_says_so(home: PolicyHome, name: str) -> None:
    with pytest.raises(WrongUse):
        difference(name, "files", folder=home.files, home=home.home, replays=False)


def test_a_version_tells_all_that_was_decided(home: PolicyHome) -> None:
    home.apply("the first")
    home.change(FILE, GENDER, WIDER).commit().apply("more is needed")
    home.confirm(2)
    told = json.loads((home.home.state / "policy-versions" / "000002" / "version.json").read_text())
    assert told["widened"] == [f"{PROJECT} school_census_pupil.gender"]
    assert (told["proposed_by"], told["confirmed_by"], told["reason"]) == (ADMIN, SECOND, "more is needed")
