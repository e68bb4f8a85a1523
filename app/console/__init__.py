"""The console (操作台): what operators see. Joined to the service by `init_app`."""

from flask import Flask

from app.console import cases, desk, directory, editing, exchange, figures, learning, practice, shell
from app.console.shell.blueprints import console, entrance


def init_app(app: Flask) -> None:
    """Add the console to the service: logins, forms that only its own pages can send, its words and its pages."""
    shell.init_app(app)
    for package in (cases, desk, directory, editing, exchange, figures, learning, practice):
        package.init_app(app)
    shell.init_language(app)
    app.register_blueprint(entrance)  # open to everybody: the login page, style and scripts
    app.register_blueprint(console)  # a login for every page: blueprints.require_login
