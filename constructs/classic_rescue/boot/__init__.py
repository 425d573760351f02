"""The domain: devices, boot states, transitions, evidence and waiting.

No I/O, no clock of its own.
"""
