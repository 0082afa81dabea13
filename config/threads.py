"""How many threads a worker process answers with, and how many of them may be busy with anything but calls."""

# On two cores 12 threads in each of two workers answered a quarter more calls a second than 16, and as many as 8: they
# wait less for one another (`python -m benchmarks`).
THREADS = 12
# People and programs make us wait for Twilio, for hosts that have not confirmed, for slow readers of long tables. A
# call waits for none of these, and must not wait for their threads either.
THREADS_NOT_FOR_CALLS = 6
