"""What we remember: one file per noun."""

from app.models.audit import AuditEntry
from app.models.caller import Caller, Consent
from app.models.case import Case, CaseEvent, Counter
from app.models.clock import Clock
from app.models.conversation import Conversation, Turn
from app.models.department import Assignment, Department
from app.models.joint import Comparison, EarlyWarning, Joining
from app.models.later import Later
from app.models.learnt import LearningRun, Lesson
from app.models.live_words import LiveWords
from app.models.operator import Operator
from app.models.outgoing import CallBackTask, Message, SpokenReply
from app.models.place import Village
from app.models.presence import Presence
from app.models.recording import Recording, Transcript
from app.models.sorting import SortingRun

__all__ = [
    "Assignment",
    "AuditEntry",
    "CallBackTask",
    "Caller",
    "Case",
    "CaseEvent",
    "Clock",
    "Comparison",
    "Consent",
    "Counter",
    "Conversation",
    "Department",
    "EarlyWarning",
    "Joining",
    "Later",
    "LearningRun",
    "Lesson",
    "LiveWords",
    "Message",
    "Operator",
    "Presence",
    "Recording",
    "SortingRun",
    "SpokenReply",
    "Transcript",
    "Turn",
    "Village",
]
