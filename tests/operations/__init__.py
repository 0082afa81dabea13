"""What people and jobs may change, tested through the operations themselves."""
