"""The cache rule (DESIGN §3), searched for a stale answer in every interleaving."""
