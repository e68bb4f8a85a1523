"""Webhooks (推送): other systems are told of events, signed per Standard Webhooks (https://www.standardwebhooks.com).

A delivery is written in the transaction of the event itself, so none is lost and none is made up. Each is sent at least
once; their order is not kept, `sequence` is the event's place in its case.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import safe_http
from app.db import now
from app.errors import Refused
from app.models import Case, CaseEvent, Delivery, Webhook
from app.services import ledger
from app.services.events import KINDS

EVERYTHING = "*"
_LONGEST_URL = 2048
SHOWN = 30  # failed deliveries that a page lists


PUBLIC = frozenset(kind.public for kind in KINDS.values() if kind.public)  # the names of events that others are told of


def add(session: Session, url: str, wanted: Sequence[str], *, inside: bool) -> Webhook:
    """Tell this address of these events (names, or `*`) from now on. Raises Refused."""
    names = {EVERYTHING, *PUBLIC}
    if unknown := sorted(set(wanted) - names):
        raise Refused(f"没有“{'、'.join(unknown)}”这种事件，有的是：{'、'.join(sorted(names))}。")
    if len(url) > _LONGEST_URL:
        raise Refused("地址太长了。")
    try:
        safe_http.check(url, inside=inside)
    except safe_http.Unreachable as error:
        raise Refused(f"这个地址不能用：{error}。") from error
    row = Webhook(url=url, events=sorted(set(wanted)))
    session.add(row)
    session.flush()
    return row


def remove(session: Session, id: UUID) -> None:
    """Tell it nothing any more; what is still on its way is not sent. Raises Refused."""
    row = session.get(Webhook, id)
    if row is None or row.ended_at:
        raise Refused("没有这个推送地址。")
    row.ended_at = now()


def every(session: Session) -> list[Webhook]:
    """The webhooks in use, the oldest first."""
    in_use = select(Webhook).where(Webhook.ended_at.is_(None))
    return list(session.scalars(in_use.order_by(Webhook.created_at, Webhook.id)))


def follow() -> None:
    """From now on webhooks are told of every event that is recorded, in the transaction that records it."""
    ledger.recorded.connect(tell)


def tell(session: Session, case: Case, event: CaseEvent) -> None:
    """Have every webhook that wants it told of this event; it leaves after the commit, with the next sweep."""
    name = KINDS[event.kind].public
    if not name:
        return
    for webhook in every(session):
        if EVERYTHING in webhook.events or name in webhook.events:
            payload = _payload(case, event, name)
            row = Delivery(webhook_id=webhook.id, event_id=event.id, case_id=case.id, payload=payload, due_at=now())
            session.add(row)


def _payload(case: Case, event: CaseEvent, name: str) -> dict:
    lead = case.lead
    data = {
        "service_request_id": case.number,
        "sequence": event.number,
        "state": event.data.get("state", case.state),
        "category": case.category,
        "place": case.place,
        "department": lead.department.name if lead else "",
        "urgent": bool(case.urgent),
        "event_hash": event.hash,
    }
    return {"type": name, "timestamp": event.at.isoformat().replace("+00:00", "Z"), "data": data}


# ------------------------------------------------------------------ signing


def secret_of(service_secret: str, webhook_id: UUID) -> str:
    """A webhook's secret, `whsec_` and base64 of 32 bytes: made from the service's own secret, kept nowhere."""
    made = hmac.new(service_secret.encode(), f"webhook:{webhook_id}".encode(), hashlib.sha256).digest()
    return f"whsec_{base64.b64encode(made).decode()}"


def signed(delivery: Delivery, secret: str, at: datetime) -> tuple[bytes, dict[str, str]]:
    """The body of a delivery and its headers, signed as of this moment (Standard Webhooks 1.0.0, symmetric)."""
    body = json.dumps(delivery.payload, ensure_ascii=False, separators=(",", ":")).encode()
    id, moment = f"msg_{delivery.id.hex}", str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = hmac.new(key, f"{id}.{moment}.".encode() + body, hashlib.sha256).digest()
    return body, {
        "Content-Type": "application/json",
        "User-Agent": "Xiangyin",
        "webhook-id": id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


# ------------------------------------------------------------------ what the desk sees of it


def untold(session: Session) -> int:
    """Deliveries that failed for good and that nobody has seen yet."""
    return session.scalar(select(func.count()).select_from(Delivery).where(_UNSEEN)) or 0


def failed(session: Session) -> list[Delivery]:
    """Those, the newest first."""
    newest = select(Delivery).where(_UNSEEN).order_by(Delivery.at.desc(), Delivery.id)
    return list(session.scalars(newest.limit(SHOWN)))


def standing(session: Session) -> dict[UUID, tuple[int, datetime | None]]:
    """Webhook -> how many deliveries are on their way, and when the last one was taken."""
    waiting = func.count().filter(Delivery.due_at.is_not(None))
    rows = session.execute(
        select(Delivery.webhook_id, waiting, func.max(Delivery.delivered_at)).group_by(Delivery.webhook_id)
    )
    return {id: (count, last) for id, count, last in rows}


def again(session: Session) -> int:
    """Try everything again that failed for good; returns how much that is."""
    rows = session.scalars(select(Delivery).where(_UNSEEN)).all()
    for row in rows:
        row.failed, row.attempts, row.due_at = False, 0, now()
    return len(rows)


def seen(session: Session) -> None:
    """A person knows of what failed for good and lets it be."""
    for row in session.scalars(select(Delivery).where(_UNSEEN)):
        row.seen_at = now()


_UNSEEN = Delivery.failed & Delivery.seen_at.is_(None)
