"""GitHub and GitLab as the jobs of a fleet use them: a comment, an issue, the reviewed plan."""
