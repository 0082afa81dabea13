"""What people and jobs may change, one story a file. All doors call these; none of them knows Flask."""
