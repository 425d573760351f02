"""Somebody is told: events, their forms, the ways that they go, and what was told before."""
