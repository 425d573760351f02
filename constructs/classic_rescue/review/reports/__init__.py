"""One format each: `text(review) -> str`."""
