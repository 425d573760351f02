"""What one command works with: fleet file, connection, and the devices as they are observed."""
