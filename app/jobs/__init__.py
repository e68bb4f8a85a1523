"""What happens later: rows with a due time, leases on them, and a queue that only nudges."""
