"""How many threads a worker process answers with, and how many of them may be busy with anything but calls."""

# Threads of one process wait for one another, processes only for a core: on two cores, with a connection for each
# call, three workers of 8 threads answered a third more calls a second than two of 12 (`benchmarks/worker_classes.py`).
THREADS = 8
# People and programs make us wait for Twilio, for hosts that have not confirmed, for slow readers of long tables. A
# call waits for none of these, and must not wait for their threads either.
THREADS_NOT_FOR_CALLS = 4
