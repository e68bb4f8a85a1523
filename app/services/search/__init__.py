"""Finding a case: terms, the index, what keeps it up to date, and the search itself.

Read first: finding.py.
"""
