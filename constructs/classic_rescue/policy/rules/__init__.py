"""The rules of a policy, one a file.

Each returns what breaks it in a case, and nothing when its term is not given.
"""
