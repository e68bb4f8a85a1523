"""What staff publish, from outside: calls keep what they began with, every process goes by what is new."""

from datetime import date

import pytest
from sqlalchemy import select

from app import files
from app.errors import Refused
from app.models import Caller, Department, Document, DocumentVersion
from app.parts import Parts
from app.services.deadlines import business_hours
from app.services.desk import reply_templates
from app.services.editing import documents
from app.services.editing.yaml_text import step_of, with_step
from app.services.sorting import categories, triage
from app.services.wording import editions, prompts
from ivr.words import DIALECT
from speech_models.audio import read_sound
from tests.console.make import Voice
from tests.make import GRANDMA, speech
from tests.services.conversation.test_calls import ring, said, signed_post

MANDARIN = "words/mandarin.yaml"
NEW = "喂，这里是{town}热线，有事请在嘀声后说。{keys}"


def draft(parts: Parts, name: str, change) -> str:
    """Change a document's draft; gives the digest of what it says now."""
    with parts.database.session() as session:
        before = documents.current(session, name)
        return documents.save(session, name, "小张", change(before.text), seen=before.sha256).sha256


def publish(parts: Parts, name: str, change):
    return documents.publish(parts, name, "小张", "试", seen=draft(parts, name, change))


def worded(step: str, *variants: str, field: str = "voice"):
    return lambda text: with_step(text, step, step_of(text, step) | {field: list(variants)})


def test_a_call_that_is_going_on_keeps_its_words_and_the_next_one_has_the_new_ones(town):
    with town.parts.database.session() as session:
        session.add(Caller(number=GRANDMA))
    signed_post(town, "/calls", ring("CA1"))
    publish(town.parts, MANDARIN, lambda t: worded("ask", NEW)(worded("silent_said", "听不见，再见。")(t)))

    for turn in range(1, 4):  # she says nothing, three times
        signed_post(town, f"/calls/turn/{turn}", ring("CA1"))
    assert "还是没听到。工作人员会给您回电话。再见。" in said(town)
    assert "听不见" not in said(town)

    answer = signed_post(town, "/calls", ring("CA2"))
    assert said(town).startswith("喂，这里是青禾镇热线")
    for turn in range(1, 4):
        signed_post(town, f"/calls/turn/{turn}", ring("CA2"))
    assert "听不见，再见。" in said(town)
    assert answer.text.count("/audio/kept/spoken/") >= 2  # the two new pieces, made before they went into use


def test_what_is_played_for_new_words_is_their_own_sound(town):
    publish(town.parts, MANDARIN, worded("bye", "慢走啊。"))
    with town.parts.database.reading() as session:
        edition = editions.edition(town.parts, session)
    (bye,) = [f for f in prompts.fixed_fragments(town.parts, DIALECT) if f.id == "bye.1"]
    assert bye.text == "谢谢您，再见。"  # as shipped
    old = prompts.sounds(town.parts, [bye], DIALECT, edition)
    new = prompts.sounds(town.parts, [type(bye)("words", "bye.1", "慢走啊。")], DIALECT, edition)
    assert old != new
    assert "/audio/shipped/" in old[0]
    assert read_sound(town.parts.storage.get(prompts.spoken_key("慢走啊。"))).seconds > 0


def test_words_go_back_to_an_older_version_and_the_history_keeps_all(town):
    publish(town.parts, MANDARIN, worded("bye", "慢走啊。"))
    publish(town.parts, MANDARIN, worded("bye", "再会。"))
    documents.go_back(town.parts, MANDARIN, 1, "小李")
    with town.parts.database.reading() as session:
        versions = documents.history(session, MANDARIN)
        assert [v.number for v in versions] == [3, 2, 1, 0]
        assert versions[0].text == versions[2].text
        assert editions.edition(town.parts, session).words.texts("bye", "voice") == ["慢走啊。"]
    documents.go_back(town.parts, MANDARIN, 0, "小李")
    with town.parts.database.reading() as session:
        assert editions.edition(town.parts, session).words is town.parts.words


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (worded("wait", field="voice"), "走不下去"),
        (worded("bye", "再见{名字}。"), "没有 {名字} 这个词"),
        (worded("bye", field="voice"), "“bye”这一步电话里没有话说了"),
        (worded("read_back", "您说的是这件事，对吗？"), "就不说事情、地点了"),
        (worded("taken", "收到，编号{number}。" + "好" * 150, field="sms"), "短信太长"),
        (worded("answer_reply", "我们答复了。"), "就不说录音了"),
    ],
)
def test_words_that_cannot_work_are_refused_in_one_sentence_and_nothing_changes(town, change, told):
    with pytest.raises(Refused, match=told) as refused:
        publish(town.parts, MANDARIN, change)
    assert str(refused.value).count("。") <= 2
    with town.parts.database.reading() as session:
        assert documents.live(session, MANDARIN).number == 0
        assert editions.newest(session) == 0


def test_words_whose_sound_cannot_be_made_do_not_go_into_use(town):
    Voice.broken, town.parts.speaker = True, Voice()
    try:
        with pytest.raises(Refused, match="“慢走啊。”现在合成不了声音"):
            publish(town.parts, MANDARIN, worded("bye", "慢走啊。"))
    finally:
        Voice.broken = False


def test_the_second_of_two_who_save_the_same_text_is_told(town):
    with town.parts.database.session() as session:
        seen = documents.current(session, "data/clocks.yaml")
        documents.save(session, "data/clocks.yaml", "小张", seen.text + "# 一\n", seen=seen.sha256)
        with pytest.raises(documents.Overtaken, match="小张刚才也改了"):
            documents.save(session, "data/clocks.yaml", "小李", seen.text + "# 二\n", seen=seen.sha256)
        assert documents.current(session, "data/clocks.yaml").text.endswith("# 一\n")


def test_another_process_sorts_by_the_categories_that_were_published(town):
    def with_signs(text: str) -> str:
        return text.replace("- name: 供水\n  say: 用水", "- name: 供水\n  say: 吃水").replace(
            "words: [停水,", "words: [咕噜噜, 停水,"
        )

    publish(town.parts, "data/categories.yaml", with_signs)
    other = Parts(
        **{
            f: getattr(town.parts, f)
            for f in (
                "settings",
                "database",
                "storage",
                "carrier",
                "documents",
                "flows",
                "words",
                "recogniser_for",
                "make_speaker",
            )
        }
    )
    files.put_in_force({}, {})  # as a process that has just begun
    assert triage.propose([], "家里咕噜噜").category != "供水"
    with other.database.reading() as session:
        editions.refresh(other, session)
    assert triage.propose([], "家里咕噜噜").category == "供水"
    town.parts.in_force.forget()
    town.call(speech(), hang_up="after_speaking", heard="清水村家里咕噜噜")
    (case,) = town.cases()
    assert case.proposal.category == "供水"


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("data/categories.yaml", "  say: 路灯\n", "", "第 .* 行：第 1 条要有名字"),
        ("data/office_hours.yaml", "- 08:30-12:00", "- 8点半", "“8点半”不是时间"),
        ("data/office_hours.yaml", "off: []", "off: [2027-02-30]", "“2027-02-30”不是日期"),
        ("data/clocks.yaml", "sign: 15 minutes", "sign: 15 分钟", "不是时长"),
        ("data/templates.yaml", "（编号{编号}）", "{號碼}", "没有 {號碼} 这个词"),
        ("data/not_solved.yaml", "- ", "- '.*'\n- ", "什么话都对得上"),
        ("dialects/sichuan.yaml", "entries:", "entry:", "写得不对"),
    ],
)
def test_lists_and_rules_that_cannot_work_are_refused_in_one_sentence(town, name, old, new, told):
    with pytest.raises(Refused, match=told):
        publish(town.parts, name, lambda text: text.replace(old, new, 1))
    with town.parts.database.reading() as session:
        assert documents.live(session, name).number == 0


def test_a_day_off_and_a_day_worked_are_gone_by_at_once(town):
    day, sunday = date(2026, 11, 24), date(2026, 11, 29)
    assert business_hours.is_workday(day)
    assert not business_hours.is_workday(sunday)
    publish(
        town.parts,
        "data/office_hours.yaml",
        lambda t: t.replace("off: []", "off: [2026-11-24]").replace("worked: []", "worked: [2026-11-29]"),
    )
    assert not business_hours.is_workday(day)
    assert business_hours.is_workday(sunday)


def test_a_number_on_trial_hears_the_draft_and_everybody_else_what_holds(town):
    draft(town.parts, MANDARIN, worded("ask", NEW))
    documents.try_out(town.parts, MANDARIN, "+8619900008888", "小张")
    town.call(hang_up=0.5, caller="+8619900008888")
    assert said(town).startswith("喂，这里是青禾镇热线")
    town.call(hang_up=0.5)
    assert said(town).startswith("您好，这里是青禾镇乡音热线")


def test_an_upgrade_goes_on_by_itself_where_staff_went_back_to_what_was_shipped(town):
    publish(town.parts, "data/states.yaml", lambda t: t.replace("正在办", "正在办呢"))
    documents.go_back(town.parts, "data/states.yaml", 0, "小李")
    with town.parts.database.reading() as session:
        row = session.scalars(select(DocumentVersion).order_by(DocumentVersion.edition.desc())).first()
        assert editions.is_shipped(row)


def test_a_template_is_filled_with_what_is_known_of_a_case():
    (first, *_) = reply_templates.templates()
    filled = reply_templates.filled(first, {"编号": "10017", "村": "清水村", "事情": "路灯"})
    assert "清水村路灯的事（编号10017）" in filled
    assert "___" in filled  # the department is not known


def test_a_category_leads_to_a_department_that_there_is(town):
    with town.parts.database.session() as session:
        session.add_all([Department(name=name) for name in {c.department for c in categories.categories()}])
    with pytest.raises(Refused, match="“路灯照明”归“路灯办”，可是没有这个部门"):
        publish(
            town.parts,
            "data/categories.yaml",
            lambda text: text.replace("department: 村镇建设办", "department: 路灯办", 1),
        )


def test_what_an_upgrade_can_no_longer_read_gives_way_to_what_is_shipped(town):
    with town.parts.database.session() as session:
        for number, name in enumerate((MANDARIN, "data/states.yaml"), 1):
            session.add(Document(name=name, newest=1))
            session.flush()
            broken = {"text": "steps: [", "sha256": "x", "by": "小张"}
            session.add(DocumentVersion(name=name, number=1, edition=number, **broken))
    town.call(speech(), hang_up="after_speaking", heard="清水村路灯坏了")
    assert said(town).startswith("您好，这里是青禾镇乡音热线")
    assert len(town.cases()) == 1
