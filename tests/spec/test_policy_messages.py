# ruff: noqa: E501 -- lines of messages and of policy files stand as they are
"""What a writer of policy files reads: twenty mistakes, each one change to the example files, each message in full."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from enclave.actions.check_policy import check_policies, load_policies
from enclave.documents import Findings, render

EXAMPLES = Path(__file__).parent / "policy_files"
CATALOGUE = Path(__file__).parents[2] / "policies" / "catalogue"
PROJECT = "projects/P-2026-014.yaml"
LEAD = "people/lead-researcher@northbridge.example.yaml"
TODAY = date(2026, 6, 1)


@dataclass(frozen=True)
class Mistake:
    """One change to one file, and the message it must give."""

    title: str
    file: str
    old: str
    new: str
    message: str


MISTAKES = [
    Mistake(
        title="Typo in a key",
        file=PROJECT,
        old="  min_units: 10\n",
        new="  min_unit: 10\n",
        message="""
projects/P-2026-014.yaml:86:3: error[unknown-key] "min_unit" is not a setting here. Did you mean "min_units"?
   86 |   min_unit: 10
      |   ^^^^^^^^
      = fix: correct the spelling or remove the line; allowed: min_units, min_clusters, dominance, residual_degrees_of_freedom, method, rounding_base
""",
    ),
    Mistake(
        title="Value not allowed",
        file=PROJECT,
        old="  route: automatic_if_clear  ",
        new="  route: automatic  ",
        message="""
projects/P-2026-014.yaml:93:10: error[not-allowed-value] "automatic" is not a route. Did you mean "automatic_if_clear"?
   93 |   route: automatic
      |          ^^^^^^^^^
      = why: a route is automatic_if_clear or { checkers: k }
      = fix: write automatic_if_clear, or { checkers: 1 } to have every item looked at
""",
    ),
    Mistake(
        title="Field that the table does not have",
        file=PROJECT,
        old="        - name: fsm_eligible",
        new="        - name: fsm_eligable",
        message="""
projects/P-2026-014.yaml:54:17: error[unknown-field] school_census_pupil has no field "fsm_eligable". Did you mean "fsm_eligible"?
   54 |         - name: fsm_eligable
      |                 ^^^^^^^^^^^^
      = fix: write fsm_eligible; `enclave fields school_census_pupil` lists all
""",
    ),
    Mistake(
        title="Identifying field asked for",
        file=PROJECT,
        old='        - { name: nc_year, use: [group, filter], why: "Limit to year 11" }\n',
        new='        - { name: date_of_birth, use: [group], why: "Age of the pupil" }\n',
        message="""
projects/P-2026-014.yaml:53:19: error[never-available] date_of_birth identifies a person; no project can have it
   53 |         - { name: date_of_birth, use: [group], why: "Age of the pupil" }
      |                   ^^^^^^^^^^^^^
      = why: identifying fields are in the identity vault and not in the research store
      = fix: remove the line; if age is needed, month_of_birth (tier 2) or nc_year (tier 4) may do
""",
    ),
    Mistake(
        title="Field that serves no purpose",
        file=PROJECT,
        old='        - { name: nc_year, use: [group, filter], why: "Limit to year 11" }\n',
        new='        - { name: nationality, use: [group], why: "Compare groups" }\n',
        message="""
projects/P-2026-014.yaml:53:19: error[purpose-not-permitted] nationality may be used for no purpose, so not for education_research
   53 |         - { name: nationality, use: [group], why: "Compare groups" }
      |                   ^^^^^^^^^^^
      = why: the catalogue lists the purposes of each field; this list is empty
      = fix: remove the line
""",
    ),
    Mistake(
        title="Use that the field cannot have",
        file=PROJECT,
        old='{ name: pmr_anon, use: [link], why: "Link census, absence and results" }',
        new='{ name: pmr_anon, use: [link, group], why: "Link census, absence and results" }',
        message="""
projects/P-2026-014.yaml:47:41: error[use-not-possible] pmr_anon identifies the unit; its only use is link
   47 |         - { name: pmr_anon, use: [link, group], why: "Link census, absence and results" }
      |                                         ^^^^^
      = why: a result with a row per pupil never leaves
      = fix: write use: [link]
""",
    ),
    Mistake(
        title="No reason given",
        file=PROJECT,
        old='{ name: urn, use: [link], why: "Link to the school register" }',
        new="{ name: urn, use: [link] }",
        message="""
projects/P-2026-014.yaml:51:13: error[missing] urn has no "why"
   51 |         - { name: urn, use: [link] }
      |             ^^^^
      = why: every field is justified, and the register shows the reason
      = fix: add why: "...", one sentence that a parent would understand
""",
    ),
    Mistake(
        title="No word on less sensitive data",
        file=PROJECT,
        old='          less_sensitive_alternative: "None; the minor and extended groups were not asked for"\n',
        new="",
        message="""
projects/P-2026-014.yaml:58:17: error[missing] ethnic_group_major is tier 2 and has no "less_sensitive_alternative"
   58 |         - name: ethnic_group_major
      |                 ^^^^^^^^^^^^^^^^^^
      = why: tiers 1 and 2 need the reason why less sensitive data would not do
      = fix: add less_sensitive_alternative: "..."
""",
    ),
    Mistake(
        title="Special category without a condition",
        file=PROJECT,
        old="  article_9: research_statistics         # Article 9(2)(j); required for special category fields (sensitivity D)\n",
        new="",
        message="""
projects/P-2026-014.yaml:57:17: error[special-category] ethnic_group_major is special category data, but legal.article_9 is not set
   57 |         - name: ethnic_group_major
      |                 ^^^^^^^^^^^^^^^^^^
      = fix: add legal.article_9: research_statistics, and see that the DPIA covers it
""",
    ),
    Mistake(
        title="Tier 1 without the panel's approval",
        file=PROJECT,
        old="  - { body: data-management-panel, ref: DMP-26-0042, decided_on: 2026-03-09 }   # needed for tier 1\n",
        new="",
        message="""
projects/P-2026-014.yaml:61:17: error[approval-missing] sen_type_primary is tier 1 and needs an approval of data-management-panel
   61 |         - name: sen_type_primary
      |                 ^^^^^^^^^^^^^^^^
      = why: house.yaml, approvals.tier_1
      = fix: add the approval with its reference and date, or remove the field; sen_provision is tier 2
""",
    ),
    Mistake(
        title="Presence is a tier-1 use",
        file=PROJECT,
        old="    - { name: school, fields: all }      # public table\n",
        new=(
            '    - { name: cla_child, years: [2024], rows: all, fields: [{ name: la_code, use: [group], why: "Trend" }] }\n'
            "    - { name: school, fields: all }      # public table\n"
        ),
        message="""
projects/P-2026-014.yaml:83:15: error[presence] a row in cla_child reveals that a child is looked after; every use of it is tier 1, la_code and the key included
   83 |     - { name: cla_child, years: [2024], rows: all, fields: [{ name: la_code, use: [group], why: "Trend" }] }
      |               ^^^^^^^^^
      = fix: add less_sensitive_alternative to each of its fields and name the approval that covers them, or remove the table
""",
    ),
    Mistake(
        title="Looser than the house rule",
        file=PROJECT,
        old="  min_units: 10\n",
        new="  min_units: 5\n",
        message="""
projects/P-2026-014.yaml:86:14: error[looser-than-house] min_units is 5, but the house floor is 10; a project may be stricter, never looser
   86 |   min_units: 5
      |              ^
      = why: house.yaml, floors.min_units
      = fix: write 10 or more, or remove the line
""",
    ),
    Mistake(
        title="Too few checkers",
        file=PROJECT,
        old="  tier_1_route: { checkers: 2 }",
        new="  tier_1_route: { checkers: 0 }",
        message="""
projects/P-2026-014.yaml:94:29: error[looser-than-house] tier 1 needs at least 1 checker
   94 |   tier_1_route: { checkers: 0 }
      |                             ^
      = why: house.yaml, floors.tier_1_checkers
      = fix: write { checkers: 2 }, the default, or { checkers: 1 }
""",
    ),
    Mistake(
        title="Dates the wrong way round",
        file=PROJECT,
        old="  ends: 2027-03-31 ",
        new="  ends: 2025-03-31 ",
        message="""
projects/P-2026-014.yaml:36:9: error[dates] the project ends (2025-03-31) before it starts (2026-04-01)
   36 |   ends: 2025-03-31
      |         ^^^^^^^^^^
      = fix: check both dates; the form is YYYY-MM-DD
""",
    ),
    Mistake(
        title="The same key twice",
        file=PROJECT,
        old="  min_clusters: 2\n",
        new="  min_units: 12\n",
        message="""
projects/P-2026-014.yaml:87:3: error[duplicate-key] "min_units" is given twice (first on line 86); the second would silently win
   87 |   min_units: 12
      |   ^^^^^^^^^
      = fix: keep one of the two lines
""",
    ),
    Mistake(
        title="Indentation",
        file=PROJECT,
        old=("      years: [2022/23, 2023/24, 2024/25]\n      rows: all                          #"),
        new=("      years: [2022/23, 2023/24, 2024/25]\n     rows: all                          #"),
        message="""
projects/P-2026-014.yaml:45:6: error[yaml] this is not valid YAML: a key was expected at column 7
   45 |      rows: all
      |      ^^^^
      = fix: check the indentation and the quotes of this line and the one above
""",
    ),
    Mistake(
        title="Person without a file",
        file=PROJECT,
        old="id: researcher@northbridge.example",
        new="id: reseacher@northbridge.example",
        message="""
projects/P-2026-014.yaml:13:11: error[unknown-person] nobody has the id reseacher@northbridge.example. Did you mean researcher@northbridge.example?
   13 |   - { id: reseacher@northbridge.example, role: researcher }
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = fix: correct the id, or add people/reseacher@northbridge.example.yaml
""",
    ),
    Mistake(
        title="Checker on the own project",
        file=PROJECT,
        old="{ id: researcher@northbridge.example, role: researcher }",
        new="{ id: researcher@northbridge.example, role: output_checker }",
        message="""
projects/P-2026-014.yaml:13:49: error[conflict-of-interest] a project names no checkers; nobody checks outputs of a project or an organisation of their own
   13 |   - { id: researcher@northbridge.example, role: output_checker }
      |                                                 ^^^^^^^^^^^^^^
      = why: checkers have the role in their own file and are assigned by the queue
      = fix: write role: researcher, or remove the line
""",
    ),
    Mistake(
        title="No accreditation",
        file=LEAD,
        old=(
            "accreditation:\n"
            "  scheme: DEA\n"
            "  ref: AR-EXAMPLE-01\n"
            "  granted_on: 2025-09-30\n"
            "  expires_on: 2027-09-30\n"
        ),
        new="",
        message="""
people/lead-researcher@northbridge.example.yaml:4:5: error[not-accredited] lead-researcher@northbridge.example is on project P-2026-014 without an accreditation
    4 | id: lead-researcher@northbridge.example
      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = fix: add accreditation: { scheme: DEA, ref: ..., granted_on: ..., expires_on: YYYY-MM-DD }
""",
    ),
    Mistake(
        title="Accreditation ends early (warning)",
        file=LEAD,
        old="  expires_on: 2027-09-30",
        new="  expires_on: 2026-12-15",
        message="""
people/lead-researcher@northbridge.example.yaml:14:15: warning[accreditation-expires] this accreditation ends on 2026-12-15, before project P-2026-014 does (2027-03-31)
   14 |   expires_on: 2026-12-15
      |               ^^^^^^^^^^
      = why: access of this person stops at the end of that day
      = fix: renew it in time; reminders go out 90, 30 and 7 days before
""",
    ),
]


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that an earlier test parsed are not parsed again."""
    return tmp_path_factory.mktemp("parsed")


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """The example files with the product's catalogue, as a home's `policies/`."""
    folder = tmp_path / "policies"
    shutil.copytree(EXAMPLES, folder)
    (folder / "catalogue").symlink_to(CATALOGUE)
    return folder


def change(folder: Path, mistake: Mistake) -> None:
    path = folder / mistake.file
    text = path.read_text(encoding="utf-8")
    assert text.count(mistake.old) >= 1
    path.write_text(text.replace(mistake.old, mistake.new, 1), encoding="utf-8")


def test_the_example_files_have_nothing_wrong_with_them(policies: Path, parsed: Path) -> None:
    assert check_policies(policies, today=TODAY, cache=parsed).findings == ()


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.title)
def test_each_mistake_gives_its_message_and_no_message_of_another_kind(
    policies: Path, parsed: Path, mistake: Mistake
) -> None:
    change(policies, mistake)
    findings = check_policies(policies, today=TODAY, cache=parsed).findings
    expected = mistake.message.strip("\n")
    assert expected in [render(finding) for finding in findings]
    assert {finding.code for finding in findings} == {expected.split("[")[1].split("]")[0]}


@pytest.mark.parametrize("mistake", MISTAKES[:19], ids=lambda mistake: mistake.title)
def test_no_policy_is_in_force_with_an_error(policies: Path, parsed: Path, mistake: Mistake) -> None:
    change(policies, mistake)
    with pytest.raises(Findings):
        load_policies(policies, today=TODAY, cache=parsed)


def test_a_policy_with_a_warning_only_is_in_force(policies: Path, parsed: Path) -> None:
    change(policies, MISTAKES[19])
    loaded = load_policies(policies, today=TODAY, cache=parsed)
    assert [finding.code for finding in loaded.warnings] == ["accreditation-expires"]


def test_all_mistakes_in_all_files_are_reported_at_once(policies: Path, parsed: Path) -> None:
    together = [MISTAKES[at - 1] for at in (1, 3, 7, 8, 13, 17, 20)]
    for mistake in together:
        change(policies, mistake)
    found = {finding.code for finding in check_policies(policies, today=TODAY, cache=parsed).findings}
    assert found == {
        "unknown-key",
        "unknown-field",
        "missing",
        "looser-than-house",
        "unknown-person",
        "accreditation-expires",
    }
