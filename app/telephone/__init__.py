"""What a carrier calls: HTTP in, HTTP out, no rules."""
