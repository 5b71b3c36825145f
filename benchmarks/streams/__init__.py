"""The national replay: the product beside stream processors, on the same topics (docs/performance.md)."""
