"""Opportunity prices: what a home, a household and a post may still be worth elsewhere, and when it is better to wait.

Pure arrays; whose rules made a candidate, and whose ids stand behind an index, is the caller's. Days are floats on any
one clock (the product counts from an epoch, a benchmark from the start of its stream). No price is ever shown beside a
household.
"""
