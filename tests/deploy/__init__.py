"""What `deploy/` ships, tried out: proxies before real hosts, containers and units as far as they can be read."""
