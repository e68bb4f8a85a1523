"""What leaders look at: day counts, the week, drill-down, tables, rates, costs, who is not heard from.

Read first: week.py.
"""
