"""The device as a witness: which key answers at its SSH port or Remote Desktop, what is on record,
and what that tells.
"""
