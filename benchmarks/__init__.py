"""Figures: ratios measured in one run, ours beside a floor or a peer.

No test asserts an absolute time.
"""
