"""Scripts that are ready to be run in a rescue system: `classic-rescue run DEVICE fsck`."""
