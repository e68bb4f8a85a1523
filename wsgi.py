"""The web service for gunicorn and `flask --app wsgi`."""

from app.service import create_app

app = create_app()
