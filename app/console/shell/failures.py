"""Pages that say in one sentence what went wrong at the desk."""

from flask import Blueprint, Flask, Response, make_response, render_template
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.console.shell.blueprints import console, entrance, guard

_SENTENCES = {
    400: "这一步没有收到完整的内容。请返回上一页，再试一次。",
    403: "这一页或这一步，您的账号用不了。需要的话，请找管理员开通。",
    404: "没有这一页，或者没有这个事项。",
    405: "这个地址不能直接打开。",
    413: "写得太长了，请分几次写。",
}
_HEADLINES = {403: "您的账号用不了", 404: "找不到"}
_STALE_FORM = "页面放得太久了。请返回上一页、刷新后再试一次，写过的话还在。"
_OURS = "系统出了点问题，刚才那一步可能没有存下。请返回上一页再试一次；还不行，请告诉技术员。"


def explain(error: Exception) -> Response:
    """The error as a page of the console."""
    status = error.code if isinstance(error, HTTPException) else 500
    if status < 400:  # a redirect that was raised
        return error.get_response()
    sentence = _STALE_FORM if isinstance(error, CSRFError) else _SENTENCES.get(status, _OURS)
    heads = {"headline": _HEADLINES.get(status), "sentence": sentence, "inside": current_user.is_authenticated}
    page = render_template("console/shell/failure.html", **heads)
    return guard(make_response(page, status))


def explain_on(blueprint: Blueprint) -> None:
    """Have what fails on these pages explained."""
    blueprint.register_error_handler(HTTPException, explain)
    blueprint.register_error_handler(500, explain)


explain_on(console)
explain_on(entrance)


def init_app(app: Flask) -> None:
    """An address that nothing answers."""
    app.register_error_handler(404, explain)
