"""What each view of the console needs: one table. A view that is not in it is refused to everybody."""

from app.services.roles import CORRECT, COUNTER, DECIDE, EXPORT, FIGURES, LEARN, LISTEN, MOVE, REPLY, SEE, USERS

ANYBODY = ""  # whoever is logged in
NEEDS = {
    "home": ANYBODY,
    "logout": ANYBODY,
    "cases": SEE,
    "case": SEE,
    "find": SEE,
    "news": SEE,
    "dialects": SEE,
    "recording": LISTEN,
    "correct": CORRECT,
    "decide": DECIDE,
    "settle_caller": DECIDE,
    "villages": DECIDE,
    "settle_village": DECIDE,
    "same": DECIDE,
    "not_same": DECIDE,
    "seen": DECIDE,
    "move": MOVE,
    "text": REPLY,
    "call": REPLY,
    "preview": REPLY,
    "called": REPLY,
    "call_tried": REPLY,
    "exchange": DECIDE,
    "tell_again": DECIDE,
    "let_be": DECIDE,
    "publish": DECIDE,
    "new_case": COUNTER,
    "day": SEE,
    "villagers_card": SEE,
    "overview": FIGURES,
    "figure_table": FIGURES,
    "figure_cases_page": FIGURES,
    "newest_sheet": FIGURES,
    "week_sheet": FIGURES,
    "figure_csv": EXPORT,
    "figure_workbook": EXPORT,
    "me": ANYBODY,
    "change_password": ANYBODY,
    "change_looks": ANYBODY,
    "users": USERS,
    "add_user": USERS,
    "user": USERS,
    "change_user": USERS,
    "change_rights": USERS,
    "lock_user": USERS,
    "unlock_user": USERS,
    "give_password": USERS,
    "user_log": USERS,
    "learning": LEARN,
    "learn": LEARN,
    "undo": LEARN,
    "allow": LEARN,
}


def needed(endpoint: str) -> str | None:
    """The right that a view of the console needs, ANYBODY, or None where nobody said: then it is refused."""
    return NEEDS.get(endpoint.removeprefix("console."))
