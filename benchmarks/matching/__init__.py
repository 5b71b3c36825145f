"""The engine's core on MOBI-90, the independent harness for online matching in ../shared/bench/matching.

`python -m benchmarks.matching --help`. Needs the harness; latencies mean something on a quiet machine only.
"""
