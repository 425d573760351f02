"""What Terraform's local-exec runs: `python -m classic_rescue.hook enter|leave`.

Standard library only.
"""
