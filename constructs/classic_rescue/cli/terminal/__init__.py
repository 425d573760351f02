"""The rim towards people and files: options, tables, words, reports on disk, exit codes."""
