"""The settings of `config/gunicorn.py` without its hooks, for applications that have no connections to look after."""

from config import gunicorn as ours

# Gunicorn takes what it knows by name, and every setting that is added there counts here as well.
globals().update({name: value for name, value in vars(ours).items() if name[0] != "_" and not callable(value)})
# As many that answer as ours has. Nobody else has anything to keep.
workers = ours.workers - ours.KEEPING
