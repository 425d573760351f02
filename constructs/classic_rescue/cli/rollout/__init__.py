"""One run of cdktf, watched from the question to the proof that every device is there."""
