"""Kafka as every service uses it: the relay that publishes the outbox, the consumer whose effects are SQL, dead letters."""
