"""Webhook (推送): an address of another system that is told of events; Delivery (送达): one event on its way there."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.case import Case
from app.models.later import Later, to_be_seen


class Webhook(Base):
    """An address and the events (app/services/events.py) it is told of. Over when `ended_at` is set.

    Its secret is in no table: services/exchange/webhooks.py makes it anew from the service's own secret and the id.
    """

    __tablename__ = "webhooks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    url: Mapped[str] = mapped_column(String(2048))
    events: Mapped[list] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Delivery(Later, Base):
    """One event for one webhook, made in the transaction of the event itself. Its job: send it (jobs/deliver.py).

    `id` is the webhook-id, the same in every try. `delivered_at`: when it was taken.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        *to_be_seen("deliveries"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id"), index=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("case_events.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    payload: Mapped[dict] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now)
    delivered_at: Mapped[datetime | None]

    webhook: Mapped[Webhook] = relationship(lazy="selectin")  # PostgreSQL locks no row of an outer join
    case: Mapped[Case] = relationship()
