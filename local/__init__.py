"""The whole system on one machine: the real template on an embedded AWS, every function in the real Lambda runtime."""
