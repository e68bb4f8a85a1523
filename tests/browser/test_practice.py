"""The practice phone in a real Chromium: calls and texts over the simulated network, with a microphone and without."""

import re

import pytest
import requests
from playwright.sync_api import expect

from app.services.cases import answering, lookup
from app.services.directory import operators
from tests.browser.conftest import CHROMIUM, SWITCHES, _complaint, _own, wait_until
from tests.browser.page_rules import Page as Sent
from tests.make import settle, speech
from tests.make import town as running_town

PACE = 0.3  # wall seconds per second of a call
PATIENCE = 60_000  # milliseconds; a call takes as long as it takes on a busy machine
LAMP = "清水村三组的路灯坏了三天了"


@pytest.fixture
def town(tmp_path):
    with running_town(tmp_path / "data", pace=PACE) as running:
        yield running


def opened(browser, town, **context):
    """The practice phone, nobody logged in; what the page complains of fails the test at its end."""
    address = town.parts.settings.base_url
    context = browser.new_context(
        base_url=address, viewport={"width": 1024, "height": 768}, locale="zh-CN", service_workers="block", **context
    )
    context.set_default_timeout(20_000)
    page, page.problems = (page := context.new_page()), []
    page.on("pageerror", lambda error: page.problems.append(f"script: {error}"))
    page.on("console", lambda said: _complaint(said) and page.problems.append(said.text))
    page.on("request", lambda asked: _own(asked.url, address) or page.problems.append(f"elsewhere: {asked.url}"))
    page.goto("/practice")
    page.wait_for_load_state()
    return page


@pytest.fixture
def phone(chromium, town):
    """The page in a browser that has no microphone."""
    page = opened(chromium, town)
    yield page
    page.context.close()
    assert not page.problems


@pytest.fixture
def speaking_phone(chromium, town, tmp_path):
    """The page in a browser whose microphone hears somebody who never stops talking."""
    (tmp_path / "said.wav").write_bytes(speech(3.0))
    switches = [
        *SWITCHES, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={tmp_path / 'said.wav'}",
    ]  # fmt: skip
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=switches)
    page = opened(browser, town)
    yield page
    page.context.close()
    browser.close()
    assert not page.problems


def state(page, name):
    expect(page.locator(".handset")).to_have_attribute("data-state", name, timeout=PATIENCE)


def test_a_newcomer_calls_speaks_into_the_microphone_presses_1_and_the_case_is_there(speaking_phone, town):
    page = speaking_phone
    town.recogniser.texts.append(LAMP)
    page.get_by_role("button", name="打开话筒").click()
    expect(page.get_by_text("话筒开着")).to_be_visible()
    page.get_by_label("我是谁").select_option(label="石桥村的大叔")
    page.get_by_role("button", name="打电话").click()
    wait_until(page, "document.querySelector('.handset').dataset.playing.includes('/audio/')")
    state(page, "speak")
    wait_until(page, "document.querySelector('[data-level]').value > 0.1")
    page.wait_for_timeout(1500)  # somebody speaks
    page.keyboard.press("#")
    page.get_by_role("button", name="1", exact=True).wait_for()
    wait_until(page, "document.querySelector('.handset').dataset.playing.includes('read_back')")
    page.get_by_role("button", name="1", exact=True).click()
    state(page, "ended")
    settle()
    (case,) = town.cases()
    assert case.caller.number == "+8619900007002"
    assert case.understood_right
    assert case.recordings[0].seconds >= 2
    assert town.recogniser.heard[0].samples.std() > 0.01, "the microphone's sound did not come through"
    page.get_by_role("button", name=re.compile("^短信")).click()
    expect(page.get_by_label("短信", exact=True).get_by_text(case.number)).to_be_visible(timeout=PATIENCE)


def test_a_key_stops_what_is_being_said_at_once(phone):
    phone.get_by_role("button", name="打电话").click()
    wait_until(phone, "document.querySelector('.handset').dataset.playing.includes('/ask')")
    phone.evaluate(
        """() => { const phone = document.querySelector('.handset'), from = performance.now();
          const at = phone.dataset.playing;
          new MutationObserver(() => { if (phone.dataset.playing !== at) window.took ??= performance.now() - from; })
            .observe(phone, { attributes: true });
          document.querySelector('[data-key="0"]').click(); }"""
    )
    wait_until(phone, "window.took !== undefined")
    print("a key cut the sound after", round(phone.evaluate("window.took")), "ms")
    expect(phone.locator("[data-pressed]")).to_have_text("0")
    phone.get_by_role("button", name="挂机").click()
    state(phone, "ended")


def test_a_text_is_answered_on_the_screen(phone, town):
    phone.get_by_role("button", name=re.compile("^短信")).click()
    expect(phone.get_by_text("还没有短信")).to_be_visible()
    phone.get_by_label("写给热线的短信").fill("家里老屋漏雨 清水村组")
    phone.get_by_label("写给热线的短信").press("ArrowLeft")
    phone.get_by_role("button", name="3", exact=True).click()
    expect(phone.get_by_label("写给热线的短信")).to_have_value("家里老屋漏雨 清水村3组")
    phone.get_by_role("button", name="发送").click()
    expect(phone.locator(".theirs")).to_have_count(1, timeout=PATIENCE)
    assert town.cases()[0].text == "家里老屋漏雨 清水村3组"
    expect(phone.locator(".mine")).to_have_text("家里老屋漏雨 清水村3组")


def test_without_a_microphone_one_sentence_says_what_else_to_do(phone):
    phone.get_by_role("button", name="打开话筒").click()
    expect(phone.locator("[data-microphone-state].error:visible")).to_have_count(1)
    expect(phone.locator("[data-microphone-state].error:visible")).to_contain_text("声音文件")


def test_a_sound_file_is_said_after_the_beep(phone, town):
    town.recogniser.texts.append(LAMP)
    phone.get_by_label("没有话筒").set_input_files({"name": "said.wav", "mimeType": "audio/wav", "buffer": speech(4.0)})
    expect(phone.get_by_text("嘀声一响就放")).to_be_visible()
    phone.get_by_role("button", name="打电话").click()
    state(phone, "speak")
    wait_until(phone, "document.querySelector('.handset').dataset.playing.includes('read_back')")
    phone.get_by_role("button", name="挂机").click()
    state(phone, "ended")
    settle()
    assert town.cases()[0].recordings[0].transcript.text == LAMP


def test_the_button_for_a_sound_file_speaks_chinese_in_every_browser_and_shows_the_focus(phone):
    phone.get_by_role("button", name="打开话筒").focus()
    phone.keyboard.press("Tab")
    expect(phone.locator("#file")).to_be_focused()
    button = phone.get_by_text("选文件", exact=True)
    assert button.evaluate("label => getComputedStyle(label).outlineStyle") == "solid"
    with phone.expect_file_chooser():
        button.click()


def test_whoever_speaks_into_a_microphone_that_is_off_is_told_so_on_the_screen(phone, town):
    phone.get_by_role("button", name="打电话").click()
    state(phone, "speak")
    expect(phone.get_by_text("话筒没开，热线听不到您")).to_be_visible()
    phone.get_by_role("button", name="挂机").click()
    state(phone, "ended")
    settle()


def test_a_ready_made_caller_rings_and_is_heard_in_the_page(phone, town):
    town.recogniser.texts.append(LAMP)
    asked = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.locator("[data-ring-as=early]").click()
    expect(phone.locator("[data-whose]")).to_have_text("话没说完就挂的人")
    state(phone, "speaks")  # the newcomer is not asked to speak
    state(phone, "ended")
    settle()
    assert any(url.endswith("/practice/callers/early/0.wav") for url in asked)
    assert town.cases()[0].caller.number == "+8619900007106"


def test_a_call_of_the_hotline_rings_and_can_be_answered(phone, town):
    phone.locator("[data-whose]").wait_for()
    town.text("家里老屋漏雨 清水村三组", caller="+8619900007001")
    with town.parts.database.session() as session:
        operator = session.merge(operators.add_operator(session, "zhang", "小张", "drum-river-42"))
        reply = answering.reply_by_voice(session, lookup.find(session, town.cases()[0].number), operator, "明天来修。")
    town.parts.nudge(reply)
    state(phone, "ringing")
    phone.get_by_role("button", name="打电话").click()
    wait_until(phone, "document.querySelector('.handset').dataset.playing.includes('/audio/')")
    phone.get_by_role("button", name="挂机").click()
    state(phone, "ended")
    settle()


def test_the_page_keeps_the_rules_of_every_page(town):
    answer = requests.get(f"{town.parts.settings.base_url}/practice", timeout=10)
    assert Sent(answer.text).problems == []
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert len(answer.content) < 100_000
