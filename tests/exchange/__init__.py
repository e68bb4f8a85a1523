"""Tests of what other systems call and are told."""
