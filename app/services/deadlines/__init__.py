"""By when: business hours, the rules of the clock, and the running clock of each case.

Read first: clocks.py.
"""
