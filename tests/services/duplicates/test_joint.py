"""The same matter: proposed, never joined but by a person or the caller; everybody told; warnings in time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db import now
from app.models import Case, CaseEvent, EarlyWarning, Joining
from app.services.cases import answering
from app.services.directory import operators
from app.services.duplicates import bursts, detection, early_warnings, joining
from app.services.duplicates.grouping import Matters, fits
from tests.make import GRANDMA, LANDLINE, speech

NEIGHBOUR, COUSIN, STRANGER = "+8619900000002", "+8619900000003", "+8619900000004"
NO_WATER = "清水村停水三天了，水龙头一滴水都没有"


def reported(town, *callers, text=NO_WATER):
    """Each of them texts it; all are compared. Gives the cases, oldest first."""
    for caller in callers:
        town.text(text, caller=caller)
    town.queue.compare()
    return town.cases()


def joined(town, *callers):
    """A joint case of what they texted: the first is the lead."""
    lead, *others = reported(town, *callers)
    with town.parts.database.session() as session:
        for case in others:
            joining.join(session, session.get_one(Case, case.id), session.get_one(Case, lead.id), "小张")
    return [lead, *others]


def operator(session):
    return operators.add_operator(session, "zhang", "小张", "drum-river-42") or session.scalar(
        select(operators.Operator)
    )


def states(town):
    return sorted((row.state, row.by) for row in town.rows(Joining))


def kinds(town, case):
    return [event.kind for event in town.rows(CaseEvent) if event.case_id == case.id]


def test_the_same_from_another_house_is_proposed_and_joined_by_nobody(town):
    first, second = reported(town, GRANDMA, NEIGHBOUR)
    assert states(town) == [("proposed", "hotline")]
    assert "same_proposed" in kinds(town, first)
    assert "same_proposed" in kinds(town, second)
    town.queue.compare()
    assert len(town.rows(Joining)) == 1


def test_something_else_in_the_same_village_and_the_same_thing_elsewhere_are_not_proposed(town):
    town.text("清水村停水三天了，水龙头一滴水都没有", caller=GRANDMA)
    town.text("清水村三组的路灯不亮了，晚上走路看不见", caller=NEIGHBOUR)
    town.text("石桥村停水三天了，水龙头一滴水都没有", caller=COUSIN)
    town.queue.compare()
    assert town.rows(Joining) == []


def test_a_mis_heard_character_hides_nothing(town):
    town.text("老学堂后面的水塘有股臭味，养猪场的污水直接排进去", caller=GRANDMA)
    town.text("老雪堂后面的水唐有股臭位，养朱场的污水直接排近去", caller=NEIGHBOUR)
    town.queue.compare()
    assert states(town) == [("proposed", "hotline")]


def test_a_caller_who_says_it_again_joins_his_own_case_and_urges_it(town):
    first, second = reported(town, GRANDMA, GRANDMA)
    assert states(town) == [("joined", "caller")]
    assert "called_again" in kinds(town, first)
    assert "called_again" not in kinds(town, second)


def test_what_a_person_rejected_is_not_proposed_again(town):
    first, second = reported(town, GRANDMA, NEIGHBOUR)
    with town.parts.database.session() as session:
        one, lead = session.get_one(Case, second.id), session.get_one(Case, first.id)
        joining.reject(session, one, lead, operator(session))
        assert joining.propose(session, one, lead, 0.9) is None
        assert joining.joinings(session, lead) == []
    assert states(town) == [("rejected", "小张")]


def test_a_lead_that_joins_another_takes_everybody_along(town):
    lead, second = joined(town, GRANDMA, NEIGHBOUR)
    town.text("清水村的水管爆了", caller=COUSIN)
    newer = town.cases()[-1]
    with town.parts.database.session() as session:
        new_lead = session.get_one(Case, newer.id)
        joining.join(session, session.get_one(Case, lead.id), new_lead, "小张")
        assert {case.id for case in joining.members(session, new_lead)} == {lead.id, second.id}
        assert joining.households(session, [new_lead.id]) == {new_lead.id: 3}


def test_everybody_who_joined_is_told_the_result_once_by_text_or_by_a_call(town):
    lead, *_ = joined(town, GRANDMA, NEIGHBOUR, LANDLINE)
    with town.parts.database.session() as session:
        rows = joining.tell(
            session, session.get_one(Case, lead.id), operator(session), "水管修好了。", answering.reply_by_text
        )
        assert sorted(type(row).__name__ for row in rows) == ["Message", "Message", "SpokenReply"]
        assert {row.caller.number for row in rows} == {GRANDMA, NEIGHBOUR, LANDLINE}
    assert {case.state for case in town.cases()} == {"replied"}


def test_in_the_call_she_is_asked_and_joins_with_one_key(town):
    lead, _ = joined(town, NEIGHBOUR, COUSIN)
    town.queue.render()
    town.call(speech(), keys="1,1", heard="清水村停水了")
    mine = town.cases()[-1]
    assert ("joined", "caller") in states(town)
    assert "joined" in kinds(town, mine)
    assert "joined" in kinds(town, lead)
    before = states(town)
    town.queue.compare()
    assert states(town) == before


def test_in_the_call_whoever_presses_nothing_joins_nothing(town):
    joined(town, NEIGHBOUR, COUSIN)
    before = states(town)
    town.call(speech(), keys="1", heard="清水村停水了")
    assert len(town.cases()) == 3
    assert states(town) == before


@pytest.mark.parametrize("text", ["我也是", "我家也是"])
def test_by_text_me_too_joins_what_the_village_reports(town, text):
    joined(town, NEIGHBOUR, COUSIN)
    town.text("清水村的路灯不亮了", caller=GRANDMA)
    assert "两户反映" in town.text(text)[0]
    assert ("joined", "caller") in states(town)


def test_by_text_me_too_of_nothing_asks_what_is_meant(town):
    assert "哪个村、什么事" in town.text("我也是", caller=STRANGER)[0]
    assert town.cases() == []


def test_three_houses_within_a_day_ring_once(town):
    reported(town, GRANDMA, NEIGHBOUR)
    assert town.rows(EarlyWarning) == []
    reported(town, COUSIN)
    assert [(w.kind, w.count) for w in town.rows(EarlyWarning)] == [("burst", 3)]
    reported(town, STRANGER)
    town.queue.compare()
    assert len(town.rows(EarlyWarning)) == 1


def test_a_warning_that_was_seen_leaves_the_top(town):
    reported(town, GRANDMA, NEIGHBOUR, COUSIN)
    with town.parts.database.session() as session:
        (warning,) = early_warnings.unseen(session)
        early_warnings.seen(warning, operator(session))
        assert early_warnings.unseen(session) == []


def test_another_process_that_begins_later_knows_what_was_compared(town):
    reported(town, GRANDMA)
    town.text(NO_WATER, caller=NEIGHBOUR)
    assert detection.Comparer(town.parts.database).run() == 1
    assert states(town) == [("proposed", "hotline")]
    town.queue.compare()
    assert len(town.rows(Joining)) == 1


def moments(*days_ago):
    return [(now() - timedelta(days=days), f"caller {days}") for days in sorted(days_ago, reverse=True)]


def test_a_burst_needs_several_callers_unless_one_asks_again_and_again():
    same = [(at, "one") for at, _ in moments(0, 1, 2)]
    assert bursts.burst(same) is None
    assert bursts.burst([(at, "one") for at, _ in moments(0, 1, 2, 3)])
    assert bursts.burst(moments(0, 1, 2)).days == 7


def test_what_is_usual_here_rings_nothing():
    usual = moments(*range(0, 300, 2))
    assert bursts.burst_here(usual) is None
    assert bursts.burst_here(usual + [(now(), f"house {n}") for n in range(6)])


def test_a_slow_build_up_over_weeks_rings_and_an_even_run_does_not():
    assert bursts.building_up([0, 0, 1, 2, 2, 3], usual=0.3)
    assert not bursts.building_up([1, 0, 1, 1, 0, 1], usual=0.7)
    assert not bursts.building_up([0, 0, 0, 0, 0, 6], usual=0.3)  # one week is a burst, not a build-up


def test_weeks_are_counted_from_the_newest_moment():
    weeks, usual = bursts.by_week([at for at, _ in moments(0, 1, 8, 100, 100)], 12)
    assert weeks[-2:] == [1, 2]
    assert sum(weeks) == 3
    assert usual == pytest.approx(2 / 3)


def test_groups_form_online_and_other_districts_speak_against_them():
    matters, lead_of = Matters(), {}
    said = [
        "丽湾小区附近建搅拌站，噪音扰民",
        "丽湾小区旁边的搅拌站灰尘太大",
        "车站路公交车总是不来",
        "丽湾小区搅拌站夜里施工",
    ]
    for key, text in enumerate(said):
        near = matters.add(key, text, now(), key)
        found = fits(near, lead_of.__getitem__, lambda lead: list(lead_of.values()).count(lead))
        lead_of[key] = found[0].lead if found else key
    assert list(lead_of.values()) == [0, 0, 2, 0]


@pytest.mark.parametrize(("count", "said"), [(1, ""), (2, "两户"), (12, "十二户"), (27, "二十多户"), (300, "上百户")])
def test_households_are_said_so_that_each_number_can_be_rendered(count, said):
    assert joining.in_words(count) == said
    assert not said or said in joining.spoken_counts()
