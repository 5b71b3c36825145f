"""Property tests have no deadline for one example: the time of a shared machine says nothing about the code.

The time of a whole test stays limited (pytest-timeout).
"""

from hypothesis import settings

settings.register_profile("ancrage", deadline=None)
settings.load_profile("ancrage")
