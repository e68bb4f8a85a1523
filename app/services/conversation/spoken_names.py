"""The names that a call may have to say (town, villages, groups, matters, states), to be rendered beforehand."""

from typing import TYPE_CHECKING

import cn2an
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Village
from app.services.cases import state_words
from app.services.duplicates import joining
from app.services.outreach import notifications
from app.services.sorting.categories import categories

if TYPE_CHECKING:
    from app.parts import Parts

_MOST_GROUPS = 30


def texts_to_render(parts: "Parts", session: Session) -> list[str]:
    """Everything a call may have to name: the town, villages, groups, matters, states."""
    villages = session.scalars(select(Village)).all()
    groups = max((village.groups for village in villages), default=0)
    return [
        parts.settings.town,
        *(v.name for v in villages),
        *(f"{cn2an.an2cn(n)}组" for n in range(1, min(groups, _MOST_GROUPS) + 1)),
        *(c.say for c in categories()),
        *dict.fromkeys(state_words.told().values()),
        *joining.spoken_counts(),
        *notifications.delays(session),
    ]
