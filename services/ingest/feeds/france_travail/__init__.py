"""Pulling France Travail: a walk reads the whole stock, writes what changed, and withdraws what is gone.

`leaves` reads one search to its end, `desk` writes offers, `walk` does both for every shard, `absences` looks for what was
not seen, `puller` begins walks in time and raises alerts, `wiring` makes it all from settings.
"""
