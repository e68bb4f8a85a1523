"""Sound to text and text to sound. Knows nothing of calls, cases or Flask."""
