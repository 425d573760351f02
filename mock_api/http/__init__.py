"""The doors of the mock: REST requests in, one pipeline, answers out."""
