"""The console at /console/: the pages on which people do by hand what clients do through the API.

Whatever changes a device, a user or a permission goes through the API's own pipeline as the
signed-in user (door.py), and whatever belongs to the mock alone, such as its clock, through the
control plane. There is no second way in.
"""
