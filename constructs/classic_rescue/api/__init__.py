"""The client of the classic API: REST over http.client, credentials, errors,
and the calls that this product makes.
"""
