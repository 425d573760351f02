"""Real machines behind the mock: what its devices are said to run, they run."""
