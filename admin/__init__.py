"""The doors for people and programs: health and commands."""
