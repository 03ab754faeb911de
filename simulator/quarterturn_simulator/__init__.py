"""A simulated treadmill that speaks the same bytes as a real one."""

from quarterturn_simulator.treadmill import SimulatedTreadmill

__all__ = ["SimulatedTreadmill"]
