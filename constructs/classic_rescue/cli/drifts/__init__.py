"""Declared, on Terraform's record and observed: compared, told in words, repaired."""
