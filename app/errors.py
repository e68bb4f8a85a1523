"""Errors the service raises; each message is a sentence for the person who meets it."""


class Refused(Exception):
    """Somebody at the desk asked for something that cannot be done. The message is Chinese, for the console."""
