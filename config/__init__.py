"""What the operator decides: settings, logging and how gunicorn serves."""
