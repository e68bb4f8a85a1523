"""What an operator looks at: the work list, a case with its queries, drafts, presence, templates, paper.

Read first: work_list.py, then case_queries.py.
"""
