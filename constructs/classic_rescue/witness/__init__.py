"""The device as a witness: which host key answers at its SSH port, what is on record, and what that
tells.
"""
