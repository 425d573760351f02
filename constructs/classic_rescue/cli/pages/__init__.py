"""Generated documents: `make docs` prints them from the tables."""
