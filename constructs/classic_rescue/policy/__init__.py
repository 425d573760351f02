"""What a fleet allows to be done to its devices: the terms of its policy, and the rules that judge
a run by them.

Pure, and of the standard library only but for the engine of its patterns (`patterns`): the fleet
file, the review of a plan and the hook judge by the same rules. A policy guards systems that run.
Bringing a device back from rescue or an image is never refused.
"""
