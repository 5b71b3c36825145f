"""Matching's engine at national size: start, memory and the time of a decision, in memory and with its transaction."""
