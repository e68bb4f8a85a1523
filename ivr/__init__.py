"""The conversation: pure, without Flask, carrier, database, network or clock."""
