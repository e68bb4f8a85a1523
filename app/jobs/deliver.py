"""Delivering: the job that tells another system of an event."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from app import safe_http
from app.db import now
from app.jobs.lease import outcome, put_off
from app.models import Delivery
from app.services.exchange import webhooks

if TYPE_CHECKING:
    from app.parts import Parts

log = structlog.get_logger()

_GONE = 410  # Standard Webhooks: it wants no more, ever
_LONGEST_WAIT = 3_600  # seconds that an answer may put us off; jobs/lease.py:LIMITS knows of no longer wait


def deliver(parts: "Parts", row_id: UUID, token: UUID) -> None:
    """Send a delivery. Any answer but 2xx is a failure: it is tried again, later and later, then left to a person."""
    with parts.database.reading() as session:
        delivery = session.get_one(Delivery, row_id)
    if delivery.webhook.ended_at:
        with outcome(parts.database, Delivery, row_id, token) as (_, row):
            row.error = "the webhook was removed"
        return
    secret = webhooks.secret_of(parts.settings.secret, delivery.webhook_id)
    body, headers = webhooks.signed(delivery, secret, now())
    try:
        answer = safe_http.ask(delivery.webhook.url, inside=parts.settings.webhooks_inside, body=body, headers=headers)
        error, permanent = f"answered {answer.status}", answer.status == _GONE
    except safe_http.Unreachable as unreachable:
        answer, error, permanent = None, str(unreachable), unreachable.permanent
    with outcome(parts.database, Delivery, row_id, token) as (_, row):
        if answer and 200 <= answer.status < 300:
            row.delivered_at, row.error = now(), ""
            return
        put_off(row, error, permanent=permanent)
        if answer and row.due_at:
            row.due_at = max(row.due_at, now() + timedelta(seconds=min(answer.retry_after, _LONGEST_WAIT)))
        if answer and answer.status == _GONE:
            row.webhook.ended_at = now()
    log.warning("webhook not taken", delivery=str(row_id), webhook=str(row.webhook_id), error=error)
