"""The simulated treadmill as a Bluetooth LE peripheral, on real controllers and on virtual ones.

Everything that knows bumble stands in this package; bumble is the extra ``quarterturn[radio]``.
"""

import logging

# Bumble logs whatever a peer does wrong, often with a traceback, and some of it through the root
# logger, which then prints everything. Whoever wants to see it adds a handler to this logger.
_bumble = logging.getLogger("bumble")
_bumble.addHandler(logging.NullHandler())
_bumble.propagate = False
