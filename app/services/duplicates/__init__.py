"""The same matter reported more than once: similarity, detection, joining, and early warnings of bursts.

Read first: detection.py.
"""
