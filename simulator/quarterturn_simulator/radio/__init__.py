"""The simulated treadmill as a Bluetooth LE peripheral, on real controllers and on virtual ones.

Everything that knows bumble stands in this package; bumble is the extra ``quarterturn[radio]``.
"""

import logging

# Bumble reports whatever a peer does wrong, often with a traceback. Whoever wants to see it adds a
# handler of their own; without one, Python would print it.
logging.getLogger("bumble").addHandler(logging.NullHandler())
