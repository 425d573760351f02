"""What hooks have written down over time, and the time that devices spent down."""
