"""The pages: a module each.

They read the world under the stage's lock and change it through door.py alone.
"""
