"""`python -m benchmarks.delivery`: how fast webhooks are delivered, and what dead receivers cost the others."""
