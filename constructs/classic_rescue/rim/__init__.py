"""The edge of a process of ours: what never gets out, closed streams, what nobody foresaw."""
