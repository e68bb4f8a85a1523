"""What is said, in a browser: words changed, listened to, published, heard on the phone, taken back."""

from contextlib import closing
from itertools import count

import pytest
from playwright.sync_api import expect

from app.models import Conversation, Turn
from app.services.editing import documents
from speech_models.audio import joined, read_sound, resample, silence, write_wav
from tests.browser.conftest import CHROMIUM, SWITCHES, wait_until, watched
from tests.browser.said import enter, two_admins
from tests.make import speech

CALLERS = count(2000)
LISTEN = """window.heard = [];
new MutationObserver(([{ target: { value } }]) => {
  const level = value > 0.05 ? "hum" : value < 0.01 ? "pause" : "";
  if (level && heard.at(-1) !== level) heard.push(level);
}).observe(document.querySelector("#step-bye [data-meter]"), { attributes: true });"""
GREETING = "喂，这里是{镇名}热线，有事请在嘀声后说。{按键}"


@pytest.fixture
def service(tmp_path):
    with two_admins(tmp_path / "data") as running:
        yield running


@pytest.fixture
def page(chromium, service):
    with watched(chromium, service.parts.settings.base_url) as page:
        enter(page)
        yield page


def edit(page, step, text, field="电话里说"):
    """Other words for a step, kept as a draft."""
    box = page.locator(f"#step-{step}")
    if not box.locator("form").first.is_visible():
        box.get_by_role("link", name="改：").click()
        page.wait_for_load_state()
    box.get_by_role("textbox", name=field).fill(text)
    box.get_by_role("button", name="存成草稿").click()
    page.wait_for_load_state()


def publish(page, why=""):
    page.get_by_label("为什么改").fill(why)
    page.get_by_role("button", name="发布", exact=True).click()
    page.wait_for_load_state()


def greeting(service) -> str:
    """What somebody who rings for the first time hears, in writing."""
    service.call(speech(), hang_up="after_speaking", caller=f"+861990000{next(CALLERS)}", heard="清水村路灯坏了")
    talk = max(service.rows(Conversation), key=lambda c: c.started_at)
    first = next(t for t in service.rows(Turn) if t.conversation_id == talk.id and t.number == 1)
    return "".join(e["text"] for e in first.turn["events"] if e["is"] == "Speak")


def test_a_greeting_is_changed_listened_to_published_heard_and_taken_back(page, service):
    page.get_by_role("link", name="普通话话术", exact=True).click()
    page.wait_for_load_state()
    box = page.locator("#step-ask")
    box.get_by_role("link", name="改：").click()
    page.wait_for_load_state()
    box.get_by_role("textbox", name="电话里说").fill(GREETING)
    box.get_by_role("button", name="听一遍：电话里说").click()
    expect(box.get_by_text("来电人听到的就是这样。")).to_be_visible()
    box.get_by_role("button", name="存成草稿").click()
    page.wait_for_load_state()
    expect(page.get_by_role("heading", name="草稿，还没有发布")).to_be_visible()
    assert greeting(service).startswith("您好，这里是青禾镇乡音热线")

    publish(page, "短一些")
    expect(page.get_by_text("现在用的是第 1 版")).to_be_visible()
    assert greeting(service) == "喂，这里是青禾镇热线，有事请在嘀声后说。找人，请按 0。"

    page.get_by_role("link", name="以前的").first.click()
    page.wait_for_load_state()
    expect(page.get_by_text("短一些")).to_be_visible()
    page.get_by_role("button", name="改回原来的").click()
    page.wait_for_load_state()
    assert greeting(service).startswith("您好，这里是青禾镇乡音热线")


def test_words_that_no_longer_say_the_number_are_refused_in_one_sentence_and_the_old_ones_stay(page, service):
    page.goto("/said/script/mandarin")
    edit(page, "told_known", "记下了，再见。")
    publish(page)
    refused = page.locator(".flash.problem")
    expect(refused).to_contain_text("“记下了，再见。”改成这样以后，对话“")
    expect(refused).to_contain_text("里就不说编号了，请加上。")
    with service.parts.database.reading() as session:
        assert documents.live(session, "words/mandarin.yaml").number == 0
        assert documents.draft(session, "words/mandarin.yaml") is not None


def test_two_who_change_the_same_words_are_told_and_nothing_is_lost(page, service, chromium):
    page.goto("/said/script/mandarin?edit=bye")
    with watched(chromium, service.parts.settings.base_url) as other:
        enter(other, "li")
        other.goto("/said/script/mandarin")
        edit(other, "bye", "谢谢您，慢走。")
        edit(page, "bye", "好，再见。")
        expect(page.get_by_role("alert")).to_contain_text("小李刚才也改了这一句")
        expect(page.get_by_text("草稿里现在是：谢谢您，慢走。")).to_be_visible()
        expect(page.locator("#step-bye").get_by_role("textbox", name="电话里说")).to_have_value("好，再见。")
        edit(page, "wait", "好，请等一下。")  # another step is nobody's business
        expect(page.locator("#step-wait .told").first).to_have_text("好，请等一下。")


@pytest.mark.alone  # a busy machine drops sound of the microphone
def test_words_are_recorded_by_microphone_and_then_played(service, chromium, tmp_path):
    said = resample(joined([read_sound(speech(1.5)), silence(0.7, 8000)]), 48000)
    (tmp_path / "said.wav").write_bytes(write_wav(said))
    switches = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={tmp_path}/said.wav",
    ]
    with (
        closing(chromium.browser_type.launch(executable_path=CHROMIUM, args=[*SWITCHES, *switches])) as browser,
        watched(browser, service.parts.settings.base_url) as page,
    ):
        enter(page)
        page.goto("/said/script/mandarin")
        step = page.locator("#step-bye")
        step.get_by_role("link", name="改：").click()
        page.wait_for_load_state()
        start = step.get_by_role("button", name="录：谢谢您，再见。", exact=True)
        page.evaluate(LISTEN)
        start.click()
        expect(step.get_by_text("正在录，请念这一句……")).to_be_visible()
        wait_until(page, "heard.join(' ').includes('pause hum pause')", seconds=120)  # a slow machine drops sound
        start.click()
        expect(step.get_by_text("录好了，请听一听。满意就用这段。")).to_be_visible(timeout=120_000)
        step.get_by_role("button", name="用这段").click()
        page.wait_for_load_state()
        publish(page)
        expect(page.get_by_text("现在用的是第 1 版")).to_be_visible()
    with service.parts.database.reading() as session:
        (sound,) = documents.live(session, "words/mandarin.yaml").sounds.items()
    assert sound[0] == "谢谢您，再见。"
    assert service.parts.storage.has(sound[1])


def test_a_template_is_added_in_a_form_and_a_reply_begins_with_it(page, service):
    page.get_by_role("link", name="回复模板", exact=True).click()
    page.wait_for_load_state()
    page.get_by_role("link", name="加一条").click()
    page.wait_for_load_state()
    page.get_by_label("名字").fill("明天来")
    page.get_by_label("要说的话").fill("编号{编号}的事，师傅明天来，请___在家。")
    page.get_by_role("button", name="存成草稿").click()
    page.wait_for_load_state()
    publish(page)
    service.call(speech(), hang_up="after_speaking", heard="清水村路灯坏了")
    (case,) = service.cases()
    page.goto(f"/cases/{case.number}")
    page.get_by_label("套用一段").select_option(label="明天来")
    expect(page.get_by_label("写给对方的话")).to_have_value(f"编号{case.number}的事，师傅明天来，请___在家。")


def test_a_list_is_edited_as_text_and_a_broken_one_is_told_with_its_line(page, service):
    page.get_by_role("link", name="常见的事", exact=True).click()
    page.wait_for_load_state()
    page.get_by_text("按文本改", exact=True).click()
    text = page.get_by_label("全文")
    good = text.input_value()
    text.fill(good.replace("  say: 路灯\n", "", 1))
    page.get_by_role("button", name="存成草稿").click()
    page.wait_for_load_state()
    expect(page.get_by_role("alert")).to_have_text(
        "存成草稿了，但是还不能发布。第 9 行：第 1 条要有名字、怎么说、部门和说法。"
    )
    page.get_by_label("全文").fill(good.replace("words: [停水,", "words: [咕噜噜, 停水,"))
    page.get_by_role("button", name="存成草稿").click()
    page.wait_for_load_state()
    publish(page)
    service.call(speech(), hang_up="after_speaking", heard="清水村家里咕噜噜")
    (case,) = service.cases()
    assert case.proposal.category == "供水"
