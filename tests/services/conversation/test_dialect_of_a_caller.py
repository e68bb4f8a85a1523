"""What a caller speaks decides how the next conversation is heard: their own dialect, else the village's."""

import pytest
from sqlalchemy import select

from app.errors import Refused
from app.models import Caller, Conversation, Village
from app.services.directory import callers, villages
from tests.make import GRANDMA, speech


def settle(town, *, village: str = "", village_speaks: str = "", speaks: str = "") -> None:
    with town.parts.database.session() as session:
        place = session.scalar(select(Village).where(Village.name == village))
        if place:
            place.dialect = village_speaks
        callers.settle(callers.caller_of(session, GRANDMA), village=place, dialect=speaks)


@pytest.mark.parametrize(
    ("known", "dialect"),
    [
        ({}, "mandarin"),
        ({"village": "清水村"}, "mandarin"),
        ({"village": "清水村", "village_speaks": "sichuan"}, "sichuan"),
        ({"village": "清水村", "village_speaks": "sichuan", "speaks": "hunan"}, "hunan"),
        ({"village": "清水村", "village_speaks": "sichuan", "speaks": "mandarin"}, "mandarin"),
        ({"speaks": "wu"}, "wu"),
    ],
)
def test_a_call_is_heard_in_the_callers_own_dialect_else_the_villages_else_mandarin(town, known, dialect):
    settle(town, **known)
    asked = []
    town.parts.recogniser_for = lambda wanted: asked.append(wanted) or town.recogniser
    town.call(speech(), heard="屋头漏雨")
    assert set(asked) == {dialect}
    assert [conversation.dialect for conversation in town.rows(Conversation)] == [dialect]


def test_a_conversation_that_began_stays_as_it_was_a_thread_of_texts_goes_by_what_is_known_now(town):
    town.call(speech(), heard="路灯坏了")
    town.text("路灯坏了")
    settle(town, speaks="sichuan")
    town.text("查")
    spoken = {row.channel: row.dialect for row in town.rows(Conversation)}
    assert spoken == {"voice": "mandarin", "sms": "sichuan"}


def test_words_of_a_dialect_change_nothing_by_themselves(town):
    town.text("屋企漏水，我哋冇人理")
    assert [caller.dialect for caller in town.rows(Caller)] == [""]
    town.text("点解仲未整？")
    assert {conversation.dialect for conversation in town.rows(Conversation)} == {"mandarin"}


def test_a_dialect_without_a_list_is_refused(town):
    with pytest.raises(Refused, match="没有“klingon”这种方言"):
        settle(town, speaks="klingon")


def test_the_list_of_villages_may_say_what_is_spoken_there_and_leaves_what_was_chosen(town, tmp_path):
    file = tmp_path / "villages.yaml"
    file.write_text("- {name: 清水村, dialect: sichuan}\n- {name: 石桥村}\n", encoding="utf-8")
    settle(town, village="石桥村", village_speaks="wu")
    with town.parts.database.session() as session:
        villages.load_villages(session, file)
    assert {village.name: village.dialect for village in town.rows(Village)} == {"清水村": "sichuan", "石桥村": "wu"}
    file.write_text("- {name: 清水村, dialect: klingon}\n", encoding="utf-8")
    with (
        pytest.raises(villages.PlacesUnusable, match="klingon is no dialect"),
        town.parts.database.session() as session,
    ):
        villages.load_villages(session, file)
