"""statshard: a sharding StatsD proxy and aggregation server for Linux."""
