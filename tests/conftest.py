"""What all tests share: Hypothesis without a deadline, as no test may assert a time.

pytest                                     the profile "statshard", quick
pytest --hypothesis-profile brief          a quarter of that, for slow builds
pytest --hypothesis-profile schedules      STATSHARD_EXAMPLES of each test
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("statshard", deadline=None)
settings.register_profile("brief", deadline=None, max_examples=25)
settings.register_profile(
    "schedules",
    deadline=None,
    max_examples=int(os.environ.get("STATSHARD_EXAMPLES", "100000")),
    suppress_health_check=[HealthCheck.too_slow],
    database=None,  # of so many, none is kept: a failing one becomes an @example
)
settings.load_profile("statshard")
