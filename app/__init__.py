"""The hotline's service: how the conversation (`ivr`) and speech (`speech_models`) meet telephones, cases and people.

Read first: service.py, where concrete parts are chosen and joined, and parts.py, what they are.
"""
