"""What other systems call: Open311 in and out. HTTP in, HTTP out, no rules. No login: a key where one is needed."""
