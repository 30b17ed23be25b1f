"""The archive: packs into Firehose records, and reading the objects that Firehose wrote."""
