"""The messages on our queues: versioned, readable in a console, as compact as SQS's billing asks for."""
