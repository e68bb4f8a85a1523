"""What a text is about: categories, the taxonomy, the classifier with its training, and triage, which proposes.

Read first: triage.py.
"""
