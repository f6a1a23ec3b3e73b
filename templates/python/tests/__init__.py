"""Tests of the server from outside."""
