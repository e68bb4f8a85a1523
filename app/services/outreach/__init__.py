"""What the hotline says by itself: notifications, the follow-up survey, and what became of what was sent.

Read first: notifications.py.
"""
