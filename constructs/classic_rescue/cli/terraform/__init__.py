"""Terraform itself: its programs, folders, states and events, and what its hooks tell meanwhile."""
