"""Signing in with a browser: a session that begins, goes on, and ends."""

import re
from dataclasses import replace

from enclave.audit import Kind
from enclave.people.sessions import IDLE, LONGEST, MOST_OF_ONE_PERSON
from tests.support.service import ASKS, COLLEAGUE, LAPSED, THIS
from tests.support.web import ANYBODY, Browser, Web

COOKIE = "enclave-session"


def signed_in(browser: Browser) -> bool:
    return "Signed in as" in browser.opens("/").text


def sign_ins(web: Web, kind: Kind = Kind.SIGN_IN) -> int:
    with web.service.records.read() as reading:
        return reading.entry_count(kinds=[kind])


def test_somebody_signs_in_sees_their_name_and_signs_out(web: Web) -> None:
    browser = web.browser(ASKS)
    assert signed_in(browser)
    answer = browser.sends("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/signed-out")
    assert browser.cookies() == {}
    assert not signed_in(browser)
    assert (sign_ins(web), sign_ins(web, Kind.SIGN_OUT)) == (1, 1)


def test_the_page_to_sign_in_offers_the_personas_of_a_synthetic_house(web: Web) -> None:
    text = web.browser().opens("/sign-in").text
    assert f'value="{ASKS}"' in text
    assert 'action="/sign-in/persona"' in text


def test_who_signs_in_goes_back_to_where_they_were(web: Web) -> None:
    browser = web.browser()
    page = browser.opens("/sign-in?next=/register%3Fsearch%3Dx")
    assert 'value="/register?search=x"' in page.text
    answer = browser.sends("/sign-in/persona", persona=ASKS, next="/register?search=x")
    assert answer.headers["location"] == "/register?search=x"


def test_the_cookie_is_for_this_site_and_not_for_scripts(web: Web) -> None:
    answer = web.browser().sends("/sign-in/persona", persona=ASKS)
    words = {word.strip().lower() for word in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= words
    assert not any(word.startswith("domain") for word in words)


def test_a_session_nobody_uses_ends_after_a_while(web: Web) -> None:
    browser = web.browser(ASKS)
    for _ in range(3):
        web.service.clock.move(seconds=IDLE.total_seconds() - 60)
        assert signed_in(browser)
    web.service.clock.move(seconds=IDLE.total_seconds())
    assert not signed_in(browser)


def test_no_session_is_longer_than_a_working_day_however_busy(web: Web) -> None:
    browser = web.browser(ASKS)
    for _ in range(int(LONGEST / IDLE) * 2 - 1):
        web.service.clock.move(seconds=IDLE.total_seconds() / 2)
        assert signed_in(browser)
    web.service.clock.move(seconds=IDLE.total_seconds() / 2)
    assert not signed_in(browser)


def test_a_session_of_another_browser_goes_on(web: Web) -> None:
    first, second = web.browser(ASKS), web.browser(ASKS)
    first.sends("/sign-out")
    assert not signed_in(first)
    assert signed_in(second)


def test_the_oldest_session_of_a_person_goes_when_they_have_too_many(web: Web) -> None:
    browsers = []
    for _ in range(MOST_OF_ONE_PERSON + 1):
        browsers.append(web.browser(ASKS))
        web.service.clock.move(seconds=1)
    assert [signed_in(browser) for browser in browsers] == [False] + [True] * MOST_OF_ONE_PERSON


def test_who_signs_in_as_somebody_else_is_that_person_alone(web: Web) -> None:
    browser = web.browser(ASKS)
    before = browser.cookies()[COOKIE]
    browser.sends("/sign-in/persona", persona=COLLEAGUE)
    assert browser.cookies()[COOKIE] != before
    other = web.browser()
    other.client.cookies.set(COOKIE, before)
    assert not signed_in(other)


def test_a_person_who_is_taken_out_of_the_policy_is_nobody_at_once(web: Web) -> None:
    browser = web.browser(COLLEAGUE)
    assert signed_in(browser)
    web.service.change_policy(
        lambda person: person.update(identities=[{"issuer": "urn:enclave:dev", "subject": "another"}]),
        file=f"people/{COLLEAGUE}.yaml",
    )
    assert not signed_in(browser)
    assert browser.sends("/sign-out").status_code == 303


def test_a_page_for_people_sends_a_stranger_to_sign_in_and_back(web: Web) -> None:
    answer = web.browser().opens("/you")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fyou")
    part = web.browser().opens("/you", **{"HX-Request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in?next=%2Fyou")


def test_everybody_can_see_who_they_are_here(web: Web) -> None:
    text = web.browser(LAPSED).opens("/you").text
    assert LAPSED in text
    assert "has no accreditation" in text


def test_anybody_reads_what_is_for_everybody(web: Web) -> None:
    assert web.browser(ANYBODY).opens("/register").status_code == 200


def test_prohibited_uses_are_read_and_acknowledged_on_the_page_of_the_person(web: Web) -> None:
    browser = web.browser(ASKS)
    text = browser.opens("/you").text
    found = re.search(r'name="acknowledgement" value="([0-9a-f]{64})"', text)
    assert found is not None
    answer = browser.sends("/you/acknowledgements", project=THIS, acknowledgement=found[1])
    assert (answer.status_code, answer.headers["location"]) == (303, "/you")
    assert "What you must not do" not in browser.opens("/you").text
    with web.service.records.read() as reading:
        assert reading.entry_count(kinds=[Kind.PURPOSES_ACKNOWLEDGED], actor=ASKS) == 1


def test_where_the_house_requires_it_who_signs_in_acknowledges_first(web: Web) -> None:
    required = replace(web.service.policies.house, acknowledges=True)
    web.service.policies = replace(web.service.policies, house=required)
    answer = web.browser().sends("/sign-in/persona", persona=ASKS, next="/register")
    assert answer.headers["location"] == "/you"
