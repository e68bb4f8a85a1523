"""Who and where: callers, villages, departments, operators with their roles, and the audit of changes to them.

Read first: callers.py, then operators.py.
"""
