"""The settings, and how a process starts or refuses to."""
