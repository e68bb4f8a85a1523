"""Telephone companies: one file each, behind port.py."""
