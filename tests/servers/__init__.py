"""Real servers for tests, on ports of their own, that can be made to fail on demand."""
