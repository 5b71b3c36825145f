"""Feeds that ingest pulls by itself."""
