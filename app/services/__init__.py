"""The rules. A service takes a session and plain values, never a request."""
