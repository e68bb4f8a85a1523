"""What we remember: one file per noun."""

from app.models.audit import AuditEntry
from app.models.caller import Caller, Consent
from app.models.case import Case, CaseEvent, Counter
from app.models.clock import Clock
from app.models.conversation import Conversation, Turn
from app.models.day_count import CountedDay, DayCount
from app.models.department import Assignment, Department
from app.models.document import Document, DocumentVersion
from app.models.draft import Draft
from app.models.exchange import ApiKey, ForeignCase, Publication
from app.models.joint import Comparison, EarlyWarning, Joining
from app.models.later import Later
from app.models.learnt import LearningRun, Lesson
from app.models.live_words import LiveWords
from app.models.operator import Operator
from app.models.outgoing import CallBackTask, Message, SpokenReply
from app.models.place import Village
from app.models.presence import Presence
from app.models.proposal import Proposal
from app.models.rating import Asking, Rating
from app.models.recording import Recording, Transcript
from app.models.search import SearchEntry
from app.models.sorting import SortingRun
from app.models.take import Take
from app.models.webhook import Delivery, Webhook

__all__ = [
    "ApiKey",
    "Asking",
    "Assignment",
    "AuditEntry",
    "CallBackTask",
    "Caller",
    "Case",
    "CaseEvent",
    "Clock",
    "Comparison",
    "Consent",
    "CountedDay",
    "Counter",
    "Conversation",
    "DayCount",
    "Delivery",
    "Department",
    "Document",
    "DocumentVersion",
    "Draft",
    "EarlyWarning",
    "ForeignCase",
    "Joining",
    "Later",
    "LearningRun",
    "Lesson",
    "LiveWords",
    "Message",
    "Operator",
    "Presence",
    "Proposal",
    "Publication",
    "Rating",
    "Recording",
    "SearchEntry",
    "SortingRun",
    "SpokenReply",
    "Take",
    "Transcript",
    "Turn",
    "Village",
    "Webhook",
]
