"""``python -m quarterturn``."""

import sys

from quarterturn.cli import main

sys.exit(main())
