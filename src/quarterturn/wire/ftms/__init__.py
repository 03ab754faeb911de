"""The Fitness Machine Service, v1.0.1, as far as a treadmill speaks it: bytes <-> values."""

from enum import IntEnum

SERVICE = 0x1826


class Characteristic(IntEnum):
    """The characteristics of the service by their 16-bit UUID (FTMS v1.0.1 Table 4.1)."""

    FEATURE = 0x2ACC
    TREADMILL_DATA = 0x2ACD
    TRAINING_STATUS = 0x2AD3
    SPEED_RANGE = 0x2AD4
    INCLINE_RANGE = 0x2AD5
    RESISTANCE_RANGE = 0x2AD6
    HEART_RATE_RANGE = 0x2AD7
    POWER_RANGE = 0x2AD8
    CONTROL_POINT = 0x2AD9
    MACHINE_STATUS = 0x2ADA
