"""HTTP as every service serves it: problems, health, metrics, limits, request ids, paging, identity."""
