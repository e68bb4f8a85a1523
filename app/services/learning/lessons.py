"""Learning (学习): operators' corrections become lessons that the recogniser goes by, and a click takes one back."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.db import now
from app.errors import Refused
from app.local_time import local
from app.models import Case, LearningRun, Lesson, Operator, Recording, Transcript
from app.services.directory import villages
from app.services.directory.practice import REAL
from speech_models import learning, lessons
from speech_models import transcript as heard
from speech_models.correction import Corrector, Knowledge
from speech_models.learning import Learnt
from speech_models.lessons import Correction, Scope
from speech_models.village_words import village_words

MOST_CORRECTIONS = 2000  # the newest; what nobody has said for longer is forgotten
NIGHT_HOUR = 3  # in the town


# ------------------------------------------------------------------------------------- what the recogniser goes by


def knowledge_for(session: Session, village_id: UUID | None, dialect: str) -> Knowledge:
    """What the Corrector goes by for callers of a village and a dialect: the names of the town's places (their own
    likeliest), what was learnt and is in use, and what every village says.

    What was undone for a narrower scope holds there, even where the same was learnt more widely.
    """
    village = str(village_id or "")
    settled = select(Lesson).where(Lesson.state.in_(("on", "undone")))
    rows = session.scalars(settled.order_by(Lesson.at, Lesson.id)).all()
    fitting = [row for row in rows if scope_of(row).covers(village, dialect)]
    undone = {_what(row) for row in fitting if row.state == "undone"}
    in_use = [_plain(row) for row in fitting if row.state == "on" and _what(row) not in undone]
    learnt = lessons.knowledge(in_use, village, dialect)
    names = villages.names(session, village_id)
    return with_everybodys(Knowledge(names | dict(learnt.phrases), learnt.confusions))


def with_everybodys(learnt: Knowledge) -> Knowledge:
    """What was learnt, on top of the words that every village says."""
    phrases = {phrase: max(weight, village_words().get(phrase, weight)) for phrase, weight in learnt.phrases.items()}
    return Knowledge({**village_words(), **phrases}, learnt.confusions)


def village_of(case: Case) -> UUID | None:
    """The village whose words are spoken in a case: the one that was decided, else where the caller lives."""
    return case.village_id or (case.caller.village_id if case.caller else None)


def scope_of(row: Lesson) -> Scope:
    """Where a lesson holds."""
    return Scope(village=str(row.village_id or ""), dialect=row.dialect)


def _what(row: Lesson) -> tuple[str, str, str]:
    return _plain(row).key[:3]


def _plain(row: Lesson) -> lessons.Lesson:
    examples = tuple((heard, meant) for heard, meant in row.examples)
    return lessons.Lesson(row.kind, row.heard, row.meant, scope_of(row), row.calls, row.weight, examples)


# ------------------------------------------------------------------------------------------------- learning anew


def corrections(session: Session, most: int = MOST_CORRECTIONS) -> list[Correction]:
    """What operators made of recordings, the newest `most`, oldest first. Calls of one case are kept together."""
    return [_correction(recording) for recording in corrected(session, most)]


def corrected(session: Session, most: int = MOST_CORRECTIONS) -> list[Recording]:
    """The newest recordings that an engine and a person have both written down, oldest first."""
    by_person = select(Transcript.recording_id).where(Transcript.operator_id.is_not(None))
    query = (
        select(Recording)
        .join(Case)
        .where(Recording.id.in_(by_person), REAL)
        .order_by(Recording.made_at.desc(), Recording.id)
    )
    found = session.scalars(query.limit(most).options(joinedload(Recording.case).joinedload(Case.caller))).all()
    return [recording for recording in reversed(found) if recording.as_heard]


def study(found: Sequence[Correction], refused: Iterable[tuple]) -> Learnt:
    """Propose lessons and try them on calls kept apart. Takes a while; no session is open meanwhile.

    Raises ModelMissing where no language model is installed.
    """
    return learning.learn(found, lambda learnt: Corrector(with_everybodys(learnt)).correct, refused)


def refused(session: Session) -> set[tuple]:
    """The keys of lessons that a person does not want."""
    return {_plain(row).key for row in session.scalars(select(Lesson).where(Lesson.state == "undone"))}


def keep(session: Session, run: LearningRun, learnt: Learnt, *, corrections: int) -> None:
    """Keep what was learnt. What a person undid stays undone; what is proposed no more is forgotten."""
    rows = {_plain(row).key: row for row in session.scalars(select(Lesson))}
    for lesson in learnt.lessons:
        row = rows.pop(lesson.key, None)
        if row is None:
            row = Lesson(kind=lesson.kind, meant=lesson.meant, dialect=lesson.scope.dialect)
            row.village_id = UUID(lesson.scope.village) if lesson.scope.village else None
            session.add(row)
        if row.state == "undone":
            continue
        _write(row, lesson, learnt)
    for row in rows.values():
        if row.state != "undone":
            session.delete(row)
    run.finished_at, run.corrections = now(), corrections
    run.characters = learnt.overall.before.of_characters
    run.wrong_before, run.wrong_after = learnt.overall.before.characters, learnt.overall.after.characters
    if not learnt.good:
        run.wrong_after = run.wrong_before
    session.flush()


def _write(row: Lesson, lesson: lessons.Lesson, learnt: Learnt) -> None:
    row.heard, row.calls, row.weight = lesson.heard, lesson.calls, lesson.weight
    row.examples = [list(example) for example in lesson.examples]
    effect = learnt.effects.get(lesson.key)
    row.tried = effect.tried if effect else 0
    row.wrong_before, row.wrong_after = (effect.before.characters, effect.after.characters) if effect else (0, 0)
    state = "on" if lesson.key in learnt.good else "proposed"
    if state != row.state:
        row.state, row.by, row.at = state, "hotline", now()


def ask(session: Session, by: str, *, night: date | None = None) -> LearningRun:
    """A run of learning that is due now, asked for by an operator or by the night. Nudge the row after the commit."""
    run = LearningRun(by=by, night=night.isoformat() if night else None, due_at=now())
    session.add(run)
    session.flush()
    return run


def ask_by_hand(session: Session, operator: Operator) -> LearningRun:
    """An operator wants to learn now. Raises Refused while another run is under way. Nudge after the commit."""
    last = latest_run(session)
    if last and last.due_at is not None:
        raise Refused("已经在学了，过几分钟刷新再看。")
    return ask(session, operator.name)


def tonight(session: Session) -> LearningRun | None:
    """This night's run, once; None by day, and where nothing was corrected since the last run."""
    here = local(now())
    if here.hour != NIGHT_HOUR:
        return None
    if session.scalar(select(LearningRun.id).where(LearningRun.night == here.date().isoformat())):
        return None
    last = latest_run(session)
    newest = session.scalar(select(func.max(Transcript.at)).where(Transcript.operator_id.is_not(None)))
    if newest is None or (last and last.finished_at and last.at > newest):
        return None
    if last and last.due_at:  # it waits, for a model
        return None
    return ask(session, "hotline", night=here.date())


def latest_run(session: Session) -> LearningRun | None:
    """The newest run, finished or not."""
    return session.scalar(select(LearningRun).order_by(LearningRun.at.desc(), LearningRun.id).limit(1))


# ------------------------------------------------------------------------------------------------ at the desk


def everything(session: Session) -> list[Lesson]:
    """Everything learnt: what is in use, then what was undone, then what is proposed; what many calls taught first."""
    order = {"on": 0, "undone": 1, "proposed": 2}
    rows = session.scalars(select(Lesson).options(joinedload(Lesson.village)))
    return sorted(rows, key=lambda row: (order[row.state], -row.calls, row.meant, row.heard, row.id))


def undo(session: Session, id: UUID, operator: Operator) -> Lesson | None:
    """Do not go by this lesson any more, and do not learn it again. None: there is no such lesson."""
    return _settle(session, id, operator, "undone")


def allow(session: Session, id: UUID, operator: Operator) -> Lesson | None:
    """A lesson that was undone may be tried again: the next run switches it on if it helps. None: there is none."""
    return _settle(session, id, operator, "proposed", only="undone")


def _settle(session: Session, id: UUID, operator: Operator, state: str, *, only: str = "") -> Lesson | None:
    row = session.get(Lesson, id)
    if row is not None and row.state != state and (not only or row.state == only):
        row.state, row.by, row.at = state, operator.name, now()
    return row


def _correction(recording: Recording) -> Correction:
    case, village = recording.case, village_of(recording.case)
    return Correction(
        call=str(case.id),
        heard=lessons.as_heard(as_transcript(recording.as_heard)),
        meant=recording.transcript.text,
        village=str(village or ""),
        dialect=recording.conversation.dialect,
    )


def as_transcript(row: Transcript) -> heard.Transcript:
    """An engine's transcript from its row."""
    data = {"words": row.words, "alternatives": row.alternatives, "engine": row.engine, "confidence": row.confidence}
    return heard.Transcript.from_json(data)
