"""The rules of a policy, one a file. Each gives what it has against a case, and nothing when its term is not given."""
