"""From a pack to requests, and from a vendor's answers to an outcome per event. The transport is passed in."""
