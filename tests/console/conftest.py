"""The console over HTTP without a browser."""

import pytest

from tests.console import make


@pytest.fixture
def desk(tmp_path):
    desk = make.desk(tmp_path)
    yield desk
    desk.parts.database.close()


@pytest.fixture
def stranger(desk):
    """Somebody who has not logged in. Forms are taken without the page's token, which the browser tests send."""
    desk.app.config.update(WTF_CSRF_ENABLED=False, WTF_CSRF_METHODS=[])
    return desk.app.test_client()


@pytest.fixture
def operator(desk, stranger):
    """The operator, logged in."""
    stranger.set_cookie("session", make.login_cookie(desk))
    return stranger
