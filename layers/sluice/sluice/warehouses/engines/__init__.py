"""The parts that several engines have: HTTP with limits, and the work that is pending in a transaction."""
