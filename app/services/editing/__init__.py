"""Staff edit words, lists and rules: documents with drafts and editions, and the forms for them.

Read first: documents.py, then catalogue.py.
"""
