"""What corrections teach, and that only what helps calls kept apart is taken."""

from dataclasses import replace

import pytest

from speech_models.learning import FOLDS, kept_apart, learn
from speech_models.lessons import DESK, UNKNOWN, Correction, Lesson, Scope, as_heard, knowledge
from tests.corrects import BySound, heard

PLACE = ("宋家桥路灯坏了", "送加桥路灯坏了")  # meant, heard


def call(number, meant, said, village="东村", dialect=UNKNOWN, confidence=0.4):
    return Correction(f"call {number}", heard(said, confidence), meant, village, dialect)


def calls(meant, said, count=8, first=0, **where):
    """The same matter in several calls, each about something else besides."""
    more = (
        "请来看看",
        "三天了",
        "麻烦你们",
        "晚上很黑",
        "没有人管",
        "谢谢",
        "快点来",
        "我打过了",
        "上个月起",
        "在路口",
    )
    return [
        call(first + n, meant + more[n % 10] * (n // 10 + 1), said + more[n % 10] * (n // 10 + 1), **where)
        for n in range(count)
    ]


def learnt(corrections, refused=()):
    found = learn(corrections, lambda known: BySound(known).correct, refused)
    return found, {lesson.meant: lesson for lesson in found.lessons if lesson.key in found.good}


def test_a_name_that_is_misheard_again_and_again_is_learnt_for_its_village():
    found, good = learnt(calls(*PLACE))
    names = [lesson for meant, lesson in good.items() if "宋" in meant]
    assert names
    assert all(lesson.scope == Scope(village="东村") for lesson in names)
    assert all(lesson.calls == 8 for lesson in names)
    assert any(lesson.examples[0] == ("送加", "宋家") or "送加" in lesson.heard for lesson in names)
    assert found.overall.after.characters < found.overall.before.characters


def test_what_was_heard_rightly_teaches_nothing():
    found, good = learnt(calls("宋家桥路灯坏了", "宋家桥路灯坏了"))
    assert found.lessons == ()
    assert good == {}


def test_the_same_corrections_teach_the_same_in_any_order():
    corrections = calls(*PLACE) + calls("李湾停水", "里弯停水", first=50, village="西村")
    one, other = learnt(corrections)[0], learnt(corrections[::-1])[0]
    assert one.good == other.good
    assert sorted(lesson.key for lesson in one.lessons) == sorted(lesson.key for lesson in other.lessons)


def test_a_lesson_that_makes_calls_kept_apart_worse_is_not_good():
    """公式 is sometimes meant where 公事 was heard, more often it is right as heard."""
    wrong = calls("公式要改", "公事要改", count=6)
    right = calls("公事要办", "公事要办", count=14, first=100)
    found, good = learnt(wrong + right)
    assert "公式" in {lesson.meant for lesson in found.lessons}
    assert "公式" not in good


def test_what_harms_is_dropped_and_what_helps_beside_it_stays():
    wrong = calls("公式要改", "公事要改", count=6, first=50)
    right = calls("公事要办", "公事要办", count=40, first=100)
    found, good = learnt(calls(*PLACE) + wrong + right)
    assert "公式" not in good
    assert "宋家" in good or "宋家桥" in good
    assert found.overall.after.characters < found.overall.before.characters


def test_what_helps_two_villages_is_not_used_where_it_harms_a_third():
    """公式 is what two villages mean and the third hardly ever does."""
    corrections = [
        one for n, village in enumerate("东西") for one in calls("公式改", "公事改", 12, 50 * n, village=village)
    ]
    corrections += calls("公事办", "公事办", count=10, first=200, village="南")
    found, good = learnt(corrections)
    assert not found.villages["南"].clearly_worse
    assert "公式" not in good


def test_a_lesson_is_tried_on_no_call_that_taught_it():
    """One call alone: whatever it taught is never met again, so nothing is switched on."""
    found, good = learnt([call(1, "宋家桥路灯坏了", "送加桥路灯坏了")])
    assert found.lessons
    assert good == {}
    assert found.overall.before == found.overall.after


def test_what_a_person_refused_is_not_proposed_again():
    corrections = calls(*PLACE)
    good = learnt(corrections)[1]
    refused = {lesson.key for lesson in good.values()}
    found, after = learnt(corrections, refused)
    assert not refused & {lesson.key for lesson in found.lessons}
    assert not refused & found.good
    assert not set(after) & set(good)


def test_what_several_villages_say_is_learnt_for_the_desk_and_only_once():
    corrections = calls(*PLACE) + calls(*PLACE, first=50, village="西村")
    found, good = learnt(corrections)
    assert {lesson.scope for meant, lesson in good.items() if "宋" in meant} == {DESK}
    keys = [lesson.key[:3] for lesson in found.lessons]
    assert len(keys) == len(set(keys))


def test_what_several_villages_of_one_dialect_say_is_learnt_for_that_dialect():
    corrections = calls(*PLACE, dialect="sichuan") + calls(*PLACE, first=50, village="西村", dialect="sichuan")
    corrections += calls("路灯坏了", "路灯坏了", first=100, village="南村")
    _, good = learnt(corrections)
    assert {lesson.scope for meant, lesson in good.items() if "宋" in meant} == {Scope(dialect="sichuan")}


def test_a_syllable_that_is_mostly_heard_for_another_is_a_confusion():
    said = [
        ("飞机飞过来", "灰机灰过来"),
        ("房子飞了瓦", "房子灰了瓦"),
        ("飞来的树", "灰来的树"),
        ("鸡飞走了", "鸡灰走了"),
    ]
    found, _ = learnt([call(n, meant, wrong) for n, (meant, wrong) in enumerate(said)])
    confusions = [lesson for lesson in found.lessons if lesson.kind == "confusion"]
    assert [(lesson.heard, lesson.meant, lesson.calls) for lesson in confusions] == [("hui", "fei", 4)]
    assert confusions[0].weight == 0
    assert confusions[0].examples[0] == ("灰机", "飞机")  # no more of what somebody said than is needed


def test_a_syllable_that_is_mostly_heard_rightly_is_no_confusion():
    said = [("飞机", "灰机"), ("飞来的树", "灰来的树"), ("鸡飞走了", "鸡灰走了")]
    right = [(f"墙上有灰{n}", f"墙上有灰{n}") for n in "一二三四五六七八九"]
    found, _ = learnt([call(n, meant, wrong) for n, (meant, wrong) in enumerate(said + right)])
    assert [lesson for lesson in found.lessons if lesson.kind == "confusion"] == []


def test_a_correction_that_says_something_else_altogether_teaches_no_sounds():
    said = [
        ("今天停水请来修", "嗯嗯哈呵嘿咦哟"),
        ("今天停电请来修", "嗯嗯哈呵嘿咦哟"),
        ("今天下雨请来看", "嗯嗯哈呵嘿咦哟"),
    ]
    found, _ = learnt([call(n, *one) for n, one in enumerate(said)])
    assert [lesson for lesson in found.lessons if lesson.kind == "confusion"] == []


def test_a_village_hears_its_own_lessons_and_the_desks_and_no_other_villages():
    lessons = [
        Lesson("phrase", "送加", "宋家", Scope(village="东村"), 3, 2.0),
        Lesson("phrase", "里弯", "李湾", DESK, 3, 1.0),
        Lesson("phrase", "里弯", "李湾", Scope(village="东村"), 3, 3.0),
        Lesson("confusion", "hui", "fei", Scope(dialect="sichuan"), 3, 0.5),
    ]
    assert dict(knowledge(lessons, "东村", "sichuan").phrases) == {"宋家": 2.0, "李湾": 3.0}
    assert dict(knowledge(lessons, "东村", "sichuan").confusions) == {("hui", "fei"): 0.5}
    assert dict(knowledge(lessons, "西村", UNKNOWN).phrases) == {"李湾": 1.0}
    assert dict(knowledge(lessons, "西村", UNKNOWN).confusions) == {}


def test_a_transcript_as_it_was_heard_has_the_engines_characters_and_how_sure_it_was():
    was = heard("送加桥", 0.4)
    chosen = [replace(word, text=sign, heard=word.text) for word, sign in zip(was.words[:2], "宋家", strict=True)]
    judged = [replace(word, confidence=0.97, heard_confidence=0.4) for word in (*chosen, was.words[2])]
    assert as_heard(replace(was, words=tuple(judged))) == was
    assert as_heard(was) == was


def test_the_calls_kept_apart_are_the_same_in_every_run():
    assert [kept_apart(f"call {n}") for n in range(8)] == [kept_apart(f"call {n}") for n in range(8)]
    assert {kept_apart(f"call {n}") for n in range(200)} == set(range(FOLDS))


def test_nothing_to_learn_from_teaches_nothing():
    found, good = learnt([])
    assert (found.lessons, good) == ((), {})


@pytest.mark.parametrize("meant", ["", "。。。", "A1"])
def test_a_correction_without_words_is_no_stumbling_block(meant):
    found, _ = learnt([call(1, meant, "路灯坏了")])
    assert found.lessons == ()
