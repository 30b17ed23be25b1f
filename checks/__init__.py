"""What measures the whole: speed, cost, compatibility with SDKs, parity with Segment."""
