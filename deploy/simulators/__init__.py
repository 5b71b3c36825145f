"""Stand-ins for services outside, faithful to their published contract, for tests and demonstrations."""
