"""What is said: editions of the words, the sound files that speak them, and texts on their way out.

Read first: editions.py, then prompts.py.
"""
