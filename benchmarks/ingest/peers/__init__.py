"""What ingest is measured against: the same topic without SQL, and producers alone."""
