"""What recognition learns from corrections: lessons, error curves, suggestions while somebody corrects.

Read first: lessons.py.
"""
