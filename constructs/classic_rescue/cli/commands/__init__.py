"""A file a command, named like it: its options,
and the order in which the other rooms are asked.
"""
