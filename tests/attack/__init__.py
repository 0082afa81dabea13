"""What strangers, callers and admins send on purpose: each input with its decided answer."""
