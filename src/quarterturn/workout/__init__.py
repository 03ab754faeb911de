"""Workouts: phases, blocks and the files they are written in."""
