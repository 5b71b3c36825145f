"""France Travail's API over HTTP: tokens, pace, errors, and its two routes."""
