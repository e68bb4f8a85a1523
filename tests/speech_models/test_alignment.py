"""What was heard beside what was meant."""

import pytest

from speech_models.alignment import Errors, align, bare, errors


def kinds(heard, meant):
    return [(pair.heard, pair.meant, pair.kind) for pair in align(heard, meant) if pair.kind != "same"]


def test_a_character_of_the_same_sound_and_one_of_another_are_told_apart():
    assert kinds("三祖露灯怀了", "三组路灯花了") == [
        ("祖", "组", "same_sound"),
        ("露", "路", "same_sound"),
        ("怀", "花", "other_sound"),
    ]


def test_what_only_one_side_has_stands_alone_beside_what_sounds_most_alike():
    assert kinds("清水村的三祖", "清水村三组啊") == [
        ("的", "", "added"),
        ("祖", "组", "same_sound"),
        ("", "啊", "missed"),
    ]


def test_signs_figures_and_traditional_characters_are_no_difference():
    assert kinds("路燈壞了，3天。", "路灯坏了三天") == []


def test_the_sound_of_a_character_is_the_one_it_has_in_its_word():
    [pair] = [pair for pair in align("银航", "银行") if pair.kind != "same"]
    assert (pair.kind, pair.meant_sound) == ("same_sound", "hang")


def test_every_syllable_of_both_sides_is_laid_down_once_and_in_order():
    heard, meant = "我家的屋子漏雨漏得厉害", "俺家里屋漏雨可漏得厉害啦"
    pairs = align(heard, meant)
    assert "".join(pair.heard for pair in pairs) == heard
    assert "".join(pair.meant for pair in pairs) == meant


@pytest.mark.parametrize(("heard", "meant"), [("", "路灯"), ("路灯", ""), ("", "")])
def test_an_empty_side_is_all_missed_or_all_added(heard, meant):
    assert len(kinds(heard, meant)) == len(heard or meant)


def test_errors_are_counted_in_characters_and_in_sounds_and_add_up():
    one = errors("三祖露灯", "三组路灯坏")
    assert one == Errors(characters=3, of_characters=5, sounds=1, of_sounds=5)
    assert (one + errors("", "好")).characters == 4
    assert one.cer == pytest.approx(0.6)
    assert one.per == pytest.approx(0.2)


def test_what_is_compared_is_written_as_it_is_spoken():
    assert bare("Ａ区，２０１５年 3月") == "区二千零一十五年三月"
