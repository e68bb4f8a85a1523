"""Listening to a recording: its waveform, slower and faster, without pauses, one word again and again."""

import io

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from app.services.desk.waveform import draw, waveform
from speech_models.audio import Audio, write_wav
from tests.browser.conftest import wait_until
from tests.console import make

WORDS = make.spread("村口 路灯 坏了 三天 了", seconds=0.5, unsure=("路灯",))
SILENT = (3.0, 6.0)  # seconds without speech in the sound below


def sound():
    """Speech, three seconds of nearly nothing, speech: eight seconds."""
    times = np.arange(8 * 8000) / 8000
    samples = 0.3 * np.sin(2 * np.pi * 300 * times)
    samples[int(SILENT[0] * 8000) : int(SILENT[1] * 8000)] *= 0.003
    return write_wav(Audio(samples.astype(np.float32), 8000))


@pytest.fixture
def recording(desk):
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session))
        made = make.recording(session, case, desk.storage, words=WORDS, seconds=8.0)
        made.key = "recordings/spoken.wav"
        desk.storage.put(made.key, sound())
        return made


@pytest.fixture
def case_page(recording, page):
    page.goto("/cases/10247")
    page.wait_for_load_state()
    return page


def at(page):
    return page.evaluate("document.querySelector('audio').currentTime")


def test_the_waveform_shows_how_loud_it_is_and_tints_what_is_unsure(recording, case_page):
    wait_until(case_page, "document.querySelector('[data-wave]').naturalWidth > 0")
    drawn = case_page.request.get(f"/recordings/{recording.id}.svg").text()
    assert drawn.count("<rect") == 1
    assert 'x="62.5"' in drawn  # the unsure word begins at half a second of eight
    heights = [float(bar.split("v")[1].split('"')[0]) for bar in drawn.split('d="M')[1].split("M")]
    assert max(heights) > 20 * min(heights)


def test_the_waveform_is_drawn_once_and_kept_beside_the_sound(desk, recording):
    first = waveform(desk.storage, recording.key)
    (desk.storage.root / recording.key).unlink()
    assert waveform(desk.storage, recording.key) == first
    assert first.seconds == pytest.approx(8.0)


def test_a_sound_that_is_none_has_an_empty_waveform(desk):
    desk.storage.put("recordings/broken.wav", b"no sound")
    assert waveform(desk.storage, "recordings/broken.wav").levels == ()
    with pytest.raises(KeyError):
        waveform(desk.storage, "recordings/none.wav")


def test_pauses_are_told_from_speech_and_an_even_hum_has_none():
    samples, rate = soundfile.read(io.BytesIO(sound()), dtype="float32")
    [(start, end)] = draw(Audio(samples, rate)).pauses
    assert (start, end) == pytest.approx((3.2, 5.8), abs=0.1)
    assert draw(Audio(make.hum(5.0), 8000)).pauses == ()


def test_a_click_into_the_waveform_goes_there(case_page):
    box = case_page.locator("[data-seek]").bounding_box()
    case_page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    wait_until(case_page, "Math.abs(document.querySelector('audio').currentTime - 4) < 0.3")


def test_keys_make_it_slower_and_faster_at_the_same_pitch_and_the_next_case_keeps_it(desk, case_page):
    audio = "document.querySelector('audio')"
    assert case_page.evaluate(f"{audio}.preservesPitch")
    case_page.keyboard.press("]")
    case_page.keyboard.press("]")
    assert case_page.evaluate(f"{audio}.playbackRate") == 1.5
    case_page.keyboard.press("]")
    assert case_page.evaluate(f"{audio}.playbackRate") == 1.5
    case_page.reload()
    case_page.wait_for_load_state()
    assert case_page.evaluate(f"{audio}.playbackRate") == 1.5
    expect(case_page.get_by_role("button", name="1.5 倍速")).to_have_attribute("aria-pressed", "true")
    case_page.get_by_role("button", name="0.75 倍速").click()
    assert case_page.evaluate(f"{audio}.playbackRate") == 0.75


def test_pauses_are_skipped_when_asked(case_page):
    case_page.keyboard.press("s")
    expect(case_page.locator("[data-skip]")).to_have_attribute("data-pauses", "1")
    case_page.evaluate("document.querySelector('audio').currentTime = 3.0")
    case_page.keyboard.press("Space")
    seen = case_page.evaluate(
        """() => new Promise((done) => {
          const audio = document.querySelector("audio"), seen = [];
          const look = () => {
            seen.push(audio.currentTime);
            audio.currentTime > 6.2 ? done(seen) : requestAnimationFrame(look);
          };
          look();
        })"""
    )
    assert not [second for second in seen if 3.7 < second < 5.6]
    assert case_page.evaluate("document.querySelector('audio').playbackRate") == 1


def test_one_word_is_repeated_until_it_is_asked_to_stop(case_page):
    for key in ("w", "ArrowRight", "l"):
        case_page.keyboard.press(key)
    turns = case_page.evaluate(
        """() => new Promise((done) => {
          const audio = document.querySelector("audio");
          let turns = 0, before = 0, furthest = 0;
          const look = () => {
            if (audio.currentTime < before) turns += 1;
            before = audio.currentTime;
            furthest = Math.max(furthest, before);
            turns >= 2 ? done(furthest) : requestAnimationFrame(look);
          };
          look();
        })"""
    )
    assert turns < 1.7  # the word ends at one second
    case_page.keyboard.press("l")
    expect(case_page.locator("[data-loop]")).to_have_attribute("aria-pressed", "false")
    wait_until(case_page, "document.querySelector('audio').currentTime > 1.8")
    assert at(case_page) > 1.8


def test_whoever_may_not_listen_gets_no_waveform_either(desk, recording, browser_page):
    with desk.session() as session:
        make.person(session, "leader")
    browser_page.context.add_cookies(
        [{"name": "session", "value": make.login_cookie(desk, "leader"), "url": desk.address}]
    )
    for address in (f"/recordings/{recording.id}.svg", f"/recordings/{recording.id}/pauses"):
        assert browser_page.request.get(address).status == 403
    browser_page.goto("/cases/10247")
    expect(browser_page.locator("[data-wave]")).to_have_count(0)
