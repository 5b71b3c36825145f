"""Files from a person's disk or a landlord's nightly export to the ingest API: read, sent, resumed, reported."""
