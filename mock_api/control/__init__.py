"""The control plane /_mock/*: what tests and operators do to the mock itself, not to the API."""
