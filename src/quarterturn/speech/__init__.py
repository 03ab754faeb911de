"""The voice: tones and spoken cues, played in a process of its own that may die without harm."""
