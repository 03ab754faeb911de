"""A simulated treadmill that speaks the same bytes as a real one."""
