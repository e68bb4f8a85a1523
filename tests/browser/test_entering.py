"""Coming in: the login page, and what a stranger gets."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import log_in
from tests.console import make


def test_the_right_password_leads_to_the_list(desk, browser_page):
    browser_page.goto("/")
    expect(browser_page).to_have_title(re.compile("登录"))
    log_in(browser_page)
    expect(browser_page.get_by_role("heading", name="待办")).to_be_visible()
    expect(browser_page.get_by_role("banner")).to_contain_text(make.NAME)


def test_a_wrong_password_and_an_unknown_login_get_the_same_sentence(desk, browser_page):
    browser_page.goto("/")
    log_in(browser_page, password="wrong")
    expect(browser_page.get_by_role("alert")).to_have_text("账号或密码不对，请再试一次。")
    browser_page.get_by_label("账号").fill("nobody")
    browser_page.get_by_label("密码").fill("wrong")
    browser_page.get_by_role("button", name="登录").click()
    expect(browser_page.get_by_role("alert")).to_have_text("账号或密码不对，请再试一次。")


def test_a_stranger_sees_the_login_page_and_gets_no_recording(desk, browser_page):
    with desk.session() as session:
        recording = make.recording(session, make.case(session, number="10247"), desk.storage)
    browser_page.goto("/cases/10247")
    expect(browser_page.get_by_label("密码")).to_be_visible()
    answer = browser_page.request.get(f"/recordings/{recording.id}.wav", max_redirects=0)
    assert answer.status == 302
    assert "login" in answer.headers["location"]


def test_after_the_login_the_page_that_was_asked_for_opens(desk, browser_page):
    with desk.session() as session:
        make.case(session, number="10247")
    browser_page.goto("/cases/10247")
    log_in(browser_page)
    expect(browser_page.get_by_role("heading", level=1)).to_contain_text("10247")


def test_logging_out_shuts_the_door(desk, page):
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("status")).to_have_text("您已退出。")
    page.goto("/cases")
    expect(page.get_by_label("密码")).to_be_visible()
