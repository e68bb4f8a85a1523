"""What dialect speakers and recognisers confuse sounds the same, and nothing else does."""

import pytest

from ivr.sound import folded, plain, spoken


def heard(text):
    return [folded(syllable) for syllable in spoken(text)]


@pytest.mark.parametrize(
    "pair", ["农龙", "女旅", "发哈", "飞灰", "方荒", "知资", "吃呲", "诗丝", "民明", "跟更", "山三", "船床"]
)
def test_sounds_that_are_confused_are_equal(pair):
    assert heard(pair[0]) == heard(pair[1])


@pytest.mark.parametrize("pair", ["水火", "塌垮", "停天", "查加", "路灯"])
def test_other_sounds_stay_apart(pair):
    assert heard(pair[0]) != heard(pair[1])


def test_every_sign_has_one_sound_so_that_places_in_a_text_stay():
    for text in ("我家abc着火了123", "㐀房子", "😀路", "", "一下儿"):
        assert len(spoken(text)) == len(text)


def test_full_width_traditional_and_large_letters_are_made_plain():
    assert plain(" ＣＨＡ　查詢 ") == "cha 查询"
