"""Getting to know a treadmill with nobody on the belt, and what is then known of it.

``course`` is the order of questions and trials, ``trial`` one movement of the belt, ``observed``
what was measured in it, ``findings`` what that makes known, ``record_text`` the file it is kept in.
"""
