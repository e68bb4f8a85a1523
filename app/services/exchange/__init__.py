"""Other systems: Open311, webhooks, case files.

Read first: reports.py, then webhooks.py.
"""
