"""The mock's world: devices, people, images, moves and time. Knows no HTTP and no Flask."""
