"""PostgreSQL as every service uses it: engine, migrations, outbox, consumed positions, idempotent answers."""
