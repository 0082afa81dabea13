"""How many threads a worker process answers with, and how many of them may be busy with anything but calls."""

THREADS = 16
# People and programs make us wait for Twilio, for hosts that have not confirmed, for slow readers of long tables. A
# call waits for none of these, and must not wait for their threads either.
THREADS_NOT_FOR_CALLS = 8
