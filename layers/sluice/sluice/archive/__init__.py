"""From packs to the archive's records."""
