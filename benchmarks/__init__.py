"""Benchmarks: each folder prints a table and writes JSON (`python -m benchmarks.NAME`)."""
