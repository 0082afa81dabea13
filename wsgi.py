"""The application for gunicorn and for flask, which both find it here without being told."""

from app import create_app

application = create_app()
