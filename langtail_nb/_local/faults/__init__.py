"""Misbehaviour on request, for tests."""
