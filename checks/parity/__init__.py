"""Our requests against those of Segment's own destination code, event by event."""
