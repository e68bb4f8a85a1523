"""What we remember: one file per noun."""

from app.models.caller import Caller, Consent
from app.models.case import Case, CaseEvent, Counter
from app.models.clock import Clock
from app.models.conversation import Conversation, Turn
from app.models.department import Assignment, Department
from app.models.later import Later
from app.models.operator import Operator
from app.models.outgoing import CallBackTask, Message, SpokenReply
from app.models.place import Village
from app.models.recording import Recording, Transcript

__all__ = [
    "Assignment",
    "CallBackTask",
    "Caller",
    "Case",
    "CaseEvent",
    "Clock",
    "Consent",
    "Counter",
    "Conversation",
    "Department",
    "Later",
    "Message",
    "Operator",
    "Recording",
    "SpokenReply",
    "Transcript",
    "Turn",
    "Village",
]
