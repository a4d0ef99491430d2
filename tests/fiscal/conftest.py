"""Property tests of pure functions: no deadline, because a busy machine is no bug."""

from hypothesis import settings

settings.register_profile("fiscal", deadline=None)
settings.load_profile("fiscal")
