"""The répertoire for a need, over HTTP from Redis, for all of France."""
