"""Real SDKs against the local system: every call that they are given is looked for in the archive and at a webhook."""
