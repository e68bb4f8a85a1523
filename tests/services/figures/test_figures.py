"""The figures of leaders: every number is that of its list, and what was counted ahead is what a recount gives."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app import schema
from app.db import Database, now
from app.models import (
    Assignment,
    Caller,
    Case,
    Clock,
    Conversation,
    CountedDay,
    DayCount,
    Department,
    Message,
    Recording,
    Transcript,
    Village,
)
from app.services.directory.operators import add_operator
from app.services.figures import day_table, drill_down, stale_days, tables
from app.services.figures.day_counts import DAY, day_of, midnight
from app.services.figures.period import Period
from app.services.figures.unheard import unheard
from app.services.figures.week import Week, figures

TUESDAY = datetime(2026, 11, 24, 4, tzinfo=UTC)  # noon in the town
TOPICS = (
    "",
    "城乡建设/城市建设和市政管理/自来水供应",
    "城乡建设/城市建设和市政管理/路灯照明",
    "城乡建设/安全生产/事故处理",
    "民政/救灾募捐/救灾管理",
)


@pytest.fixture
def database(database_url, time_machine):
    time_machine.move_to(TUESDAY, tick=False)
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    database = Database(url)
    schema.upgrade(database)
    stale_days.watch()
    yield database
    database.close()


@pytest.fixture
def chance():
    return random.Random(20261124)


@pytest.fixture
def filled(database, chance):
    """Cases of five weeks with all that is counted."""
    with database.session() as session:
        town = Town(session, chance)
        for _ in range(150):
            town.add_case()
    return database


class Town:
    """Adds cases with whatever belongs to them, as chance has it."""

    def __init__(self, session, chance):
        self.session, self.chance = session, chance
        self.villages = list(session.scalars(select(Village).order_by(Village.name)))
        self.departments = list(session.scalars(select(Department).order_by(Department.name)))
        self.callers = list(session.scalars(select(Caller).order_by(Caller.number)))
        if not self.villages:
            kinds = (("清水村", "sichuan", 800), ("石桥村", "", 500), ("王家坪村", "sichuan", 0))
            self.villages = [Village(name=n, dialect=d, population=p) for n, d, p in kinds]
            self.departments = [Department(name=name) for name in ("水务站", "民政办")]
            self.callers = [Caller(number=f"+86199000000{n:02}") for n in range(40)]
            session.add_all([*self.villages, *self.departments, *self.callers])
            add_operator(session, "zhang", "小张", "drum-river-42")
            session.flush()
        self.number = (session.scalar(select(func.count()).select_from(Case)) or 0) + 1000

    def add_case(self, at=None):
        chance = self.chance
        self.number += 1
        at = at or now() - timedelta(seconds=chance.randrange(35 * 86400))
        case = Case(
            number=str(self.number),
            channel=chance.choice(("voice", "voice", "sms")),
            caller_id=chance.choice([None, *(caller.id for caller in self.callers)]),
            village_id=chance.choice([None, *(village.id for village in self.villages)]),
            topic=chance.choice(TOPICS),
            received_at=at,
        )
        self.session.add(case)
        self.session.flush()
        self._add_clock(case)
        if case.channel == "voice":
            self._add_call(case)
        if chance.random() < 0.5:
            self._add_text(case)
        return case

    def _add_clock(self, case):
        answer_by = case.received_at + timedelta(days=self.chance.choice((1, 7)))
        stopped_at = case.received_at + timedelta(hours=self.chance.choice((3, 30, 200)))
        runs = self.chance.random() < 0.3 or stopped_at > now()
        self.session.add(
            Clock(
                case_id=case.id, kind="ordinary", started_at=case.received_at, answer_by=answer_by,
                sign_by=None, signed_at=None, stopped_at=None if runs else stopped_at, paused_at=None,
                paused_until=None, next_at=None,
                near_at=case.received_at + (answer_by - case.received_at) * 0.8 if runs else None,
            )
        )  # fmt: skip
        if self.chance.random() < 0.7:
            lead = self.chance.choice(self.departments)
            self.session.add(Assignment(case_id=case.id, department_id=lead.id, lead=True))

    def _add_call(self, case):
        call = Conversation(
            channel="voice", carrier_id=f"CA{case.number}", case_id=case.id, caller_id=case.caller_id,
            dialect=self.chance.choice(("mandarin", "sichuan")), started_at=case.received_at,
            outgoing=self.chance.random() < 0.2,
            ended_at=case.received_at + timedelta(seconds=self.chance.randrange(200)),
        )  # fmt: skip
        self.session.add(call)
        self.session.flush()
        for part in range(self.chance.randrange(3)):
            recording = Recording(carrier_id=f"RE{case.number}-{part}", conversation_id=call.id, case_id=case.id)
            recording.made_at = case.received_at
            self.session.add(recording)
            self.session.flush()
            if self.chance.random() < 0.4:
                correct(self.session, recording)

    def _add_text(self, case):
        way = self.chance.random() < 0.6
        self.session.add(
            Message(
                outgoing=way, carrier_id=self.chance.choice((None, f"SM{case.number}")), body="好", case_id=case.id,
                parts=self.chance.randrange(1, 4), state="sent", at=case.received_at, sent_at=None, due_at=None,
            )
        )  # fmt: skip


def correct(session, recording):
    from app.models import Operator

    operator = session.scalars(select(Operator)).first()
    session.add(Transcript(recording_id=recording.id, operator_id=operator.id, text="没水"))


def count_all(database):
    """Let the periodic job count until nothing is left."""
    day_table.catch_up(database, 60)  # adds the days
    day_table.catch_up(database, 60)


def wrong(database):
    with database.reading() as session:
        return list(day_table.differences(session))


def recounted(database):
    """What every figure would be without the table."""
    with database.session() as session:
        session.execute(update(CountedDay).values(changes=CountedDay.changes + 1))


def everything(session, week):
    shown = figures(session, week)
    return [(table.name, [row.cells for row in table.rows]) for table in tables.tables(session, shown)]


# ------------------------------------------------------------------------------------------- numbers and their lists


@pytest.mark.parametrize("counted_ahead", [True, False], ids=["from the table", "counted at once"])
@pytest.mark.parametrize("weeks_ago", [0, 2])
def test_every_number_is_that_of_the_list_it_opens(filled, weeks_ago, counted_ahead):
    if counted_ahead:
        count_all(filled)
    with filled.reading() as session:
        week = Week.this().later(-weeks_ago)
        shown = figures(session, week)
        at = {"week": str(week)}
        numbers = [
            (shown.now.received, at),
            (shown.now.texts, at | {"channel": "sms"}),
            (shown.now.received - shown.now.texts, at | {"channel": "voice"}),
            (shown.now.again, at | {"caller": "again"}),
            (shown.first_time, at | {"caller": "first"}),
            (shown.now.hidden, at | {"caller": "hidden"}),
            (shown.now.answered, at | {"clock": "answered"}),
            (shown.now.answered_late, at | {"clock": "answered_late"}),
            (shown.standing.late, {"clock": "late"}),
            (shown.standing.near, {"clock": "near"}),
            *((line.count, line.asked) for line in (*shown.matters, *shown.plain_matters, *shown.villages)),
            *((line.count, line.asked) for top in shown.matters for line in top.below),
            *((rise.count, rise.asked) for rise in shown.rising),
        ]
        silent = unheard(session, shown)
        for one in (*silent.speech_villages, *silent.speech_dialects):
            numbers += [
                (one.heard, one.asked | {"speech": "heard"}),
                (one.corrected, one.asked | {"speech": "corrected"}),
            ]
        numbers += [(voice.count, voice.asked) for voice in (*silent.villages, *silent.dialects)]
        for table in tables.tables(session, shown):
            if table.name != "cost":
                numbers += [(row.cells[row.counted], row.asked) for row in table.rows if row.asked]
        assert sum(number for number, _ in numbers) > 50
        lists = {tuple(asked.items()): listed(session, asked) for _, asked in numbers}
        assert [(n, asked) for n, asked in numbers if lists[tuple(asked.items())] != n] == []


def listed(session, asked):
    """How many cases a list shows when every page of it is read; as many as it says it has."""
    found = drill_down.find(session, asked)
    shown, page = len(found.cases), found
    while page.next:
        page = drill_down.find(session, asked, page.next)
        shown += len(page.cases)
    assert shown == found.count
    return shown


def test_a_list_has_pages_of_fifty(filled):
    with filled.reading() as session:
        found = drill_down.find(session, {"week": str(Week.this()), "weeks": "12"})
        assert (len(found.cases), found.count) == (50, 150)
        assert found.next


@pytest.mark.parametrize(
    "asked",
    [
        {"week": "2026-W60"}, {"week": "2027-W01"}, {"week": "2026-11-16"}, {"colour": "red"}, {"clock": "blue"},
        {"village": "nobody"}, {"week": "2026-W47", "weeks": "0"}, {"until": "soon"}, {"use": "calls_in"},
        {"clock": "answered"},
    ],
)  # fmt: skip
def test_a_list_that_there_is_not_is_refused(filled, asked):
    with filled.reading() as session, pytest.raises(drill_down.NotAsked):
        drill_down.find(session, asked)


# ------------------------------------------------------------------------------------------------ the table of counts


def test_figures_are_the_same_from_the_table_and_counted_at_once(filled):
    week = Week.this().later(-1)
    with filled.reading() as session:
        at_once = everything(session, week)
    count_all(filled)
    with filled.reading() as session:
        shown = figures(session, week)
        assert shown.counts.live == {}
        assert everything(session, week) == at_once


def test_whatever_changes_marks_its_day_and_figures_are_right_before_and_after_it_is_counted_again(filled, chance):
    count_all(filled)
    for _ in range(2):
        with filled.session() as session:
            change_something(session, chance)
        assert wrong(filled) == []
        with filled.reading() as session:
            shown = everything(session, Week.this())
        count_all(filled)
        assert wrong(filled) == []
        with filled.reading() as session:
            assert everything(session, Week.this()) == shown
            assert Period(session, day_of(now()) - 40 * DAY, midnight(day_of(now()))).live == {}


def change_something(session, chance):
    """Some of everything that can happen to an old case."""
    town = Town(session, chance)
    town.add_case(now() - timedelta(days=chance.randrange(2, 30)))
    cases = chance.sample(list(session.scalars(select(Case).order_by(Case.number))), 8)
    cases[0].village_id = chance.choice(town.villages).id
    cases[1].topic = chance.choice(TOPICS)
    cases[2].caller_id = chance.choice(town.callers).id
    cases[3].received_at -= timedelta(days=3)
    cases[4].caller_id = None
    clock = session.get(Clock, cases[5].id)
    clock.stopped_at = None if clock.stopped_at else now() - timedelta(days=5)
    calls = list(session.scalars(select(Conversation).where(Conversation.ended_at.is_not(None))))
    chance.choice(calls).ended_at += timedelta(minutes=7)
    correct(session, chance.choice(list(session.scalars(select(Recording)))))
    texts = list(session.scalars(select(Message).where(Message.outgoing)))
    chance.choice(texts).carrier_id = f"SM{chance.random()}"


def test_a_change_while_a_day_is_being_counted_is_not_lost(filled, monkeypatch):
    count_all(filled)
    with filled.session() as session:
        case = session.scalars(select(Case).where(Case.received_at < now() - 2 * DAY)).first()
        case.topic = TOPICS[1] if case.topic != TOPICS[1] else TOPICS[2]
    day, counting = day_of(case.received_at), day_table.count

    def count_slowly(*when):
        counts = counting(*when)
        with filled.session() as session:
            session.get_one(Case, case.id).topic = TOPICS[4]
        return counts

    monkeypatch.setattr(day_table, "count", count_slowly)
    day_table.keep(filled, day)
    monkeypatch.undo()
    with filled.reading() as session:
        marked = session.get_one(CountedDay, day)
        assert marked.counted != marked.changes
    count_all(filled)
    assert wrong(filled) == []


def test_what_was_changed_by_hand_is_found_and_a_rebuild_mends_it(filled):
    count_all(filled)
    with filled.session() as session:
        session.execute(update(DayCount).where(DayCount.by == "all").values(received=DayCount.received + 1))
    assert "received is kept as" in wrong(filled)[0]
    assert len(list(day_table.rebuild(filled))) > 30
    assert wrong(filled) == []


def test_today_is_never_in_the_table(filled):
    with filled.session() as session:
        Town(session, random.Random(1)).add_case(now() - timedelta(hours=1))
    count_all(filled)
    with filled.reading() as session:
        assert session.get(CountedDay, day_of(now())) is None
        assert figures(session, Week.this()).now.received >= 1


def test_the_day_begins_at_midnight_in_the_town(database):
    with database.session() as session:
        town = Town(session, random.Random(1))
        town.add_case(datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC))
        town.add_case(datetime(2026, 11, 22, 16, 0, tzinfo=UTC))
    for _ in range(2):
        with database.reading() as session:
            assert figures(session, Week.this()).now.received == 1
            assert figures(session, Week.this().later(-1)).now.received == 1
        count_all(database)


def test_a_week_that_is_not_over_is_compared_with_the_same_part_of_the_week_before(database):
    with database.session() as session:
        town = Town(session, random.Random(1))
        for hours in (2, 7 * 24 + 2, 7 * 24 + 3, 7 * 24 - 1, 7 * 24 - 30):  # ago; the last two came later in that week
            town.add_case(now() - timedelta(hours=hours))
    for _ in range(2):
        with database.reading() as session:
            shown = figures(session, Week.this())
            assert (shown.now.received, shown.before.received) == (1, 2)
            assert sum(line.before for line in shown.villages) == 2
        count_all(database)


def test_first_and_repeated_calls_are_told_apart_by_the_number(database):
    with database.session() as session:
        town = Town(session, random.Random(1))
        for n, caller in ((4, 0), (3, 0), (2, 1), (1, None)):
            case = town.add_case(now() - timedelta(hours=n))
            case.caller_id = None if caller is None else town.callers[caller].id
    with database.reading() as session:
        shown = figures(session, Week.this())
        assert (shown.first_time, shown.now.again, shown.now.hidden) == (2, 1, 1)


def test_minutes_are_rounded_up_for_each_call_and_only_texts_that_the_carrier_took_are_charged(database):
    with database.session() as session:
        for n, (outgoing, seconds) in enumerate(((True, 61), (True, 60), (False, 1), (False, 0))):
            began = now() - timedelta(hours=1)
            session.add(
                Conversation(
                    channel="voice", carrier_id=f"CA{n}", outgoing=outgoing, started_at=began,
                    ended_at=began + timedelta(seconds=seconds),
                )
            )  # fmt: skip
        for n, (outgoing, parts, taken) in enumerate(((True, 3, True), (True, 2, False), (False, 2, True))):
            session.add(
                Message(
                    outgoing=outgoing, parts=parts, carrier_id=f"SM{n}" if taken else None, body="好", state="sent",
                    at=now() - timedelta(hours=1), due_at=None,
                )
            )  # fmt: skip
    with database.reading() as session:
        shown = figures(session, Week.this()).now
        assert (shown.minutes_out, shown.minutes_in, shown.parts_out, shown.parts_in) == (3, 1, 3, 2)
