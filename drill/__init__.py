"""The drill: the whole way of a repair, on real machines behind the mock."""
