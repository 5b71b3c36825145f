"""Routes of the ingest API, one module a resource."""
