"""What functions say of their work: metrics always, a line for each event while debugging."""
