"""classic-rescue: the boot state of IBM Cloud classic devices, declared.

Import the constructs from `classic_rescue.stack`.
This module imports nothing, since every hook loads it.
"""
