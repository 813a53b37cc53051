"""What all tests share: Hypothesis without a deadline, as no test may assert a time."""

from hypothesis import settings

settings.register_profile("statshard", deadline=None)
settings.load_profile("statshard")
