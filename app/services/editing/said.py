"""What a document says in one version: live, drafted, or as shipped."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.services.wording.document_kinds import Kind

HOTLINE = "hotline"  # who wrote what was shipped
TOLD = {
    "number": "编号", "place": "地点", "matter": "事情", "state": "办到哪了", "emergency": "险情",
    "place_1": "第一个村", "place_2": "第二个村", "place_3": "第三个村", "emergency_number": "急救电话",
    "said": "他说过的话", "delay": "为什么要多办", "days": "多办几天", "until": "到什么时候", "why": "为什么",
    "percent": "过了百分之几", "answer": "答复", "households": "几户", "joint_matter": "大家反映的事",
    "town": "镇名", "hotline": "热线号码", "keys": "按键", "own_words:audio": "他的原话", "reply:audio": "答复的录音",
    "audio": "录音",
}  # fmt: skip


def digest(text: str) -> str:
    """The sha256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Said:
    """A document as it stands: what is published (number 0: as shipped), or a draft of it (number None)."""

    kind: Kind
    text: str
    sounds: Mapping[str, str] = field(default_factory=dict)
    number: int | None = 0
    by: str = HOTLINE
    at: datetime | None = None
    why: str = ""
    revision: int = 0
    outdated: bool = False  # the shipped file is another than when this was written

    @property
    def sha256(self) -> str:
        return digest(self.text)
