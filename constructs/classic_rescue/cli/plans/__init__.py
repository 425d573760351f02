"""Terraform's plans in a folder: made, judged beside the live devices, refused when stale."""
