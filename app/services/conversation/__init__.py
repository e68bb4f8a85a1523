"""Calls and texts as they go on: turns, live listening, transcription.

Read first: calls.py, then turns.py.
"""
