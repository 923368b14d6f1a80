"""People sign in with a browser at a real sign-in service, and come back as themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.full.sign_in import CHECKER, RESEARCHER, SUBJECTS, Together, together
from tests.support.provider import Certificate

WITHOUT_MFA = {"acr": "pwd", "amr": ["pwd"]}
PEOPLE = {"s-one-factor": WITHOUT_MFA, "s-stranger": {}}


@pytest.fixture(scope="module")
def both(
    home: Path, certificate: Certificate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Together]:
    with together(home, tmp_path_factory.mktemp("together"), certificate, people=PEOPLE) as found:
        yield found


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def test_somebody_signs_in_at_the_sign_in_service_and_out_again(both: Together, page: Page) -> None:
    both.signs_in(page, RESEARCHER, path="/you")
    expect(page).to_have_url(f"{both.gateway.url}/you")
    expect(heading(page)).to_have_text("Researcher (example)")
    page.get_by_role("button", name="Sign out").click()
    expect(heading(page)).to_have_text("You have signed out")
    page.goto(f"{both.gateway.url}/you")
    expect(heading(page)).to_have_text("Sign in")


def test_who_is_still_signed_in_there_passes_through_unless_a_decision_needs_them_anew(
    both: Together, page: Page
) -> None:
    both.signs_in(page, CHECKER, path="/you")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{both.gateway.url}/sign-in?next=/you")
    page.get_by_role("button", name="Sign in with Northbridge").click()
    expect(page).to_have_url(f"{both.gateway.url}/you")
    page.goto(f"{both.gateway.url}/sign-in?next=/you&again=true")
    page.get_by_role("button", name="Sign in with Northbridge").click()
    both.says_who(page, SUBJECTS[CHECKER])
    expect(page).to_have_url(f"{both.gateway.url}/you")


def test_who_shows_one_factor_alone_is_not_signed_in(both: Together, page: Page) -> None:
    page.goto(f"{both.gateway.url}/sign-in/start")
    both.says_who(page, "s-one-factor")
    expect(page.locator("main")).to_contain_text("less than this house asks for")
    page.goto(f"{both.gateway.url}/")
    expect(page.get_by_text("Signed in as")).to_have_count(0)


def test_who_is_in_no_policy_file_is_signed_in_there_and_nobody_here(both: Together, page: Page) -> None:
    page.goto(f"{both.gateway.url}/sign-in/start")
    both.says_who(page, "s-stranger")
    expect(heading(page)).to_have_text("Nobody here has this sign-in")


def test_a_code_that_another_browser_was_given_signs_nobody_in(both: Together, browser: Browser) -> None:
    """Login CSRF: the attacker's own code is planted in a victim's browser."""
    victim = browser.new_context(ignore_https_errors=True).new_page()
    victim.goto(f"{both.gateway.url}/sign-in/start")  # a sign-in of their own is under way
    victim.goto(both.unused_answer(SUBJECTS[RESEARCHER]))
    expect(heading(victim)).to_have_text("You were not signed in")
    victim.context.close()


def test_a_code_counts_once(both: Together, page: Page) -> None:
    with page.expect_request("**/sign-in/callback?*") as sent:
        both.signs_in(page, RESEARCHER)
    page.goto(sent.value.url)
    expect(heading(page)).to_have_text("You were not signed in")
