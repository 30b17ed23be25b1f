"""The only place that talks to AWS: queues, the dedupe table, the archive's streams, secrets."""
