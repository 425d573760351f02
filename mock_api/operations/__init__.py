"""The operations of the API, one file a service, each function named like the API's method."""
