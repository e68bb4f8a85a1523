"""A case from its opening to its end: decisions, transitions, answers, ratings.

Read first: lifecycle.py, then transitions.py.
"""
