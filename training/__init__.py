"""Training of what the recogniser ships with, kept apart from it: needs training/requirements.txt."""
