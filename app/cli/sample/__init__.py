"""The sample city: invented places, people and histories for the demo, the tests and the bench.

Everything is written through commands, so that a sample is as sound as real work. Nothing here is on any map and
nobody here ever lived.
"""
