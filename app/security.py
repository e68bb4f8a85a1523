"""Security: addresses of private sounds that cannot be guessed and do not live long."""

from itsdangerous import BadData, URLSafeTimedSerializer

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


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret, salt="sound")
