"""The pages of requests: opened and verified in a browser by the people whose they are; demands for everybody."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.service import ADMIN, ASKS, AUDITOR, OFFICER, STEWARD
from tests.support.web import Browser, Web

NEW = {"kind": "access", "received_on": "2026-11-24", "contact": "a <b>letter</b>", "about": "all of it"}


def opened_by(browser: Browser, **more: str) -> httpx2.Response:
    return browser.sends("/cases", None, **{**NEW, **more})


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder: Path = tmp_path_factory.mktemp("cases")
    with Web(folder) as opened:
        yield opened


def test_a_request_is_put_on_record_and_verified_by_a_second_person(web: Web) -> None:
    steward, admin = web.browser(STEWARD), web.browser(ADMIN)
    made = opened_by(steward)
    assert made.status_code == 303
    address = made.headers["location"]
    page = steward.opens(address).text
    assert "a &lt;b&gt;letter&lt;/b&gt;" in page
    assert "24 December 2026" in page
    refused = steward.sends(address, did="verify", identity="passport seen")
    assert (refused.status_code, "second person" in refused.text) == (403, True)
    assert admin.sends(address, did="verify", identity="passport seen").status_code == 303
    assert "verified" in admin.opens(address).text
    criteria = "nhs_number = 12\nfull_name = Ann = Bee"
    assert steward.sends(address, did="ask for the look-up", criteria=criteria).status_code == 303
    assert "full_name = Ann = Bee" in admin.opens(address).text
    assert address.rpartition("/")[2] in steward.opens("/cases").text


def test_a_line_that_is_none_comes_back_with_what_is_wrong(web: Web) -> None:
    address = opened_by(web.browser(STEWARD)).headers["location"]
    web.browser(ADMIN).sends(address, did="verify", identity="seen")
    answer = web.browser(STEWARD).sends(address, did="ask for the look-up", criteria="no sign")
    assert (answer.status_code, "NAME = VALUE" in answer.text) == (409, True)


def test_who_handles_no_cases_sees_none(web: Web) -> None:
    address = opened_by(web.browser(STEWARD)).headers["location"]
    assert web.browser(ASKS).opens(address).status_code == 404
    assert "passport" not in web.browser(AUDITOR).opens(address).text
    assert opened_by(web.browser(ASKS)).status_code == 403


def test_everybody_reads_of_a_demand_from_the_first_day(web: Web) -> None:
    demand = {"kind": "demand", "authority": "A county court", "basis": "an order"}
    assert opened_by(web.browser(STEWARD), **demand).status_code == 303
    page = web.browser().opens("/demands").text
    assert "A county court" in page
    assert "not decided" in page
    assert "letter" not in page


def test_a_consent_is_proposed_by_what_it_is_to_and_the_page_says_what_the_house_has(web: Web) -> None:
    """Nobody was looked up yet, so it is only sent back or refused; what is no purpose comes back at once."""
    address = opened_by(web.browser(STEWARD), kind="consent").headers["location"]
    page = web.browser(STEWARD).opens(address).text
    assert all(f'name="{name}"' in page for name in ("purposes", "recipients", "expires", "withdraw"))
    words = {"did": "propose", "outcome": "granted", "reason": "theirs", "purposes": "marketing"}
    answer = web.browser(STEWARD).sends(address, None, **words)
    assert (answer.status_code, "marketing is no purpose" in answer.text) == (409, True)
    other = opened_by(web.browser(STEWARD)).headers["location"]
    assert 'name="purposes"' not in web.browser(STEWARD).opens(other).text


def test_each_is_offered_what_they_may_do_and_nothing_else(web: Web) -> None:
    address = opened_by(web.browser(STEWARD)).headers["location"]
    steward, admin = (web.browser(person).opens(address).text for person in (STEWARD, ADMIN))
    assert 'value="verify"' not in steward
    assert all(f'value="{did}"' in steward for did in ("propose", "extend"))
    assert 'value="verify"' in admin
    assert not any(f'value="{did}"' in admin for did in ("propose", "extend", "close"))
    assert 'action="/cases"' not in web.browser(AUDITOR).opens("/cases").text
    officer = web.browser(OFFICER).opens("/cases").text
    assert "<option>H-1</option>" in officer
    assert 'name="authority"' not in officer
    assert 'name="through"' not in web.browser(STEWARD).opens("/cases").text
