"""What the commands need beside the package itself, exactly as it was tested: `default.txt` has the
versions and hashes of what they run with, `node.txt` and `terraform.txt` are for a PATH without.

Standard library only: it runs before anything else is there, also for a checkout (`.ci/setup.py`).
"""
