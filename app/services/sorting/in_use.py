"""What sorts now: the weights that were switched on last, else day one."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import SortingRun
from app.services.sorting.classifier import Sorter
from app.services.sorting.learnt_weights import ModelUnusable, from_bytes

if TYPE_CHECKING:
    from app.parts import Parts
import structlog

log = structlog.get_logger()


def sorter_in_use(parts: "Parts", session: Session) -> Sorter:
    """What sorts now: the newest that was switched on, else day one. A file that is not as it was is not used, and one
    that is not to be had just now is asked for again."""
    on = session.scalar(_on().limit(1))
    if on is None:
        return Sorter()
    try:
        return parts.in_force.sorter(on.sha256, lambda: _opened(parts, on))
    except Exception as error:  # each store has its own; a case is sorted all the same
        log.error("sorting as on day one for now", run=str(on.id), error=str(error))
        return Sorter()


def undo(session: Session) -> SortingRun:
    """Stop using what sorts now; what sorted before it does again. Raises Refused where nothing was learnt."""
    run = session.scalar(_on().limit(1))
    if run is None:
        raise Refused("Nothing that was learnt is in use: cases are sorted as on day one.")
    run.state = "undone"
    return run


def runs(session: Session, most: int = 20) -> Sequence[SortingRun]:
    """What was learnt, the newest first."""
    return session.scalars(select(SortingRun).order_by(SortingRun.at.desc(), SortingRun.id).limit(most)).all()


def _on():
    return select(SortingRun).where(SortingRun.state == "on").order_by(SortingRun.at.desc(), SortingRun.id)


def _opened(parts: "Parts", run: SortingRun) -> Sorter:
    try:
        content = parts.storage.get(run.key)
        if hashlib.sha256(content).hexdigest() != run.sha256:
            raise ModelUnusable("What sorting learnt is not the file that was kept.")
        return Sorter(*from_bytes(content))
    except (KeyError, ModelUnusable) as error:
        log.error("sorting as on day one", run=str(run.id), error=str(error))
        return Sorter()
