"""The cache rule (docs/life_of_a_pause.md), searched for a stale answer in every interleaving."""
