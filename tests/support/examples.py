"""How many examples Hypothesis tries for a test that is to have more than the others.

profile      settings().max_examples     a test of examples(400)
statshard    100                         400
brief         25                         100
schedules    100 000                     100 000
"""

from hypothesis import settings

USUAL = 100  # of a test that asks for nothing, in the profile "statshard"


def examples(usual: int) -> int:
    """Return what a test that usually has ``usual`` examples has in this profile."""
    most = settings().max_examples
    return max(usual, most) if most >= USUAL else max(1, usual * most // USUAL)
