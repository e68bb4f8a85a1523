"""Publications (公开): what the desk lets anybody read of a case, in words that a person wrote for that."""

from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import Case, Operator, Publication
from app.services.cases import transitions
from app.services.ledger import record

LONGEST = 1000  # characters


def publish(session: Session, case: Case, operator: Operator, text: str) -> None:
    """Make a case public with these words, or change them. Raises Refused before a category was decided."""
    transitions.desk_only(operator)
    text = text.strip()
    if not case.category:
        raise Refused("请先定下类别，再公开。")
    if not text:
        raise Refused("请写下公开的内容，不要写姓名、电话。")
    if len(text) > LONGEST:
        raise Refused(f"公开的内容太长了，请控制在 {LONGEST} 字以内。")
    row = session.get(Publication, case.id) or Publication(case_id=case.id)
    row.text, row.by = text, operator.name
    session.add(row)
    record(session, case, "published", by=operator.name, text=text)


def withdraw(session: Session, case: Case, operator: Operator) -> None:
    """Make a case private again."""
    transitions.desk_only(operator)
    row = session.get(Publication, case.id)
    if row is not None:
        session.delete(row)
        record(session, case, "unpublished", by=operator.name)


def publication_of(session: Session, case: Case) -> Publication | None:
    """What is public of a case."""
    return session.get(Publication, case.id)
