"""One run, from its plans over the question to the proof that every device is there."""
