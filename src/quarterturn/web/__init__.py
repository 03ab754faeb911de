"""A session in a browser, to be looked at: nothing in it can ask anything of the bridge."""
