"""Parts of screens: each draws what it is given, and decides nothing."""
