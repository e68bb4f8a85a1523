"""What we remember: one file per noun."""

from app.models.caller import Caller, Consent
from app.models.case import Case, CaseEvent, Counter
from app.models.conversation import Conversation, Turn
from app.models.joint import Comparison, EarlyWarning, Joining
from app.models.later import Later
from app.models.learnt import LearningRun, Lesson
from app.models.live_words import LiveWords
from app.models.operator import Operator
from app.models.outgoing import CallBackTask, Message, SpokenReply
from app.models.place import Village
from app.models.recording import Recording, Transcript

__all__ = [
    "CallBackTask",
    "Caller",
    "Case",
    "CaseEvent",
    "Comparison",
    "Consent",
    "Counter",
    "Conversation",
    "EarlyWarning",
    "Joining",
    "Later",
    "LearningRun",
    "Lesson",
    "LiveWords",
    "Message",
    "Operator",
    "Recording",
    "SpokenReply",
    "Transcript",
    "Turn",
    "Village",
]
