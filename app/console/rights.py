"""What each view of the console needs: one table. A view that is not in it is refused to everybody."""

from app.services.roles import CORRECT, DECIDE, LEARN, LISTEN, MOVE, REPLY, SEE, USERS

ANYBODY = ""  # whoever is logged in
NEEDS = {
    "home": ANYBODY,
    "logout": ANYBODY,
    "cases": SEE,
    "case": SEE,
    "find": SEE,
    "news": SEE,
    "dialects": SEE,
    "places_to_choose": SEE,
    "left_case": SEE,
    "recording": LISTEN,
    "wave": LISTEN,
    "pauses": LISTEN,
    "correct": CORRECT,
    "suggestions": CORRECT,
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
