"""The client of the classic API: REST over urllib3, credentials, errors, and the calls that this product makes."""
