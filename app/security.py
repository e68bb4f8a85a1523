"""Security: addresses of private sounds that cannot be guessed and do not live long, and of ours that say so."""

from itsdangerous import BadData, Signer, URLSafeTimedSerializer

from app.settings import Settings

_SOUND_SECONDS = 3600


def sign_sound(settings: Settings, key: str) -> str:
    """A token for the address of a stored sound, good for an hour."""
    return _signer(settings).dumps(key)


def read_sound_token(settings: Settings, token: str) -> str | None:
    """The key a token was made for; None when it is forged or too old."""
    try:
        return _signer(settings).loads(token, max_age=_SOUND_SECONDS)
    except BadData:
        return None


def sign_stand_in(settings: Settings, key: str, stand_in: str) -> str:
    """What is to be played where the stored sound `key` cannot be read, in a form that only we can write."""
    return Signer(settings.secret, salt=f"stand-in:{key}").sign(stand_in).decode()


def read_stand_in(settings: Settings, key: str, signed: str) -> str | None:
    """What was signed for this key; None where it was not."""
    try:
        return Signer(settings.secret, salt=f"stand-in:{key}").unsign(signed).decode()
    except BadData:
        return None


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret, salt="sound")
