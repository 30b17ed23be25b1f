"""From an HTTP request to an answer, and to an envelope where something was accepted. Pure; nothing here waits."""
