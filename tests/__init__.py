"""The test suite: properties of statshard, each held by one sentence."""
