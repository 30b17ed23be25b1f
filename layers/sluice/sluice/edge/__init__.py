"""The edge: an HTTP request becomes an answer, and an envelope if something was accepted. Pure; nothing waits."""
