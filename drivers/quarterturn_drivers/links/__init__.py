"""Links move bytes; a driver speaks a protocol over one. Each library stays in its own module."""
