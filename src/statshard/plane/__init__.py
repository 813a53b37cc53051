"""The hot room: the compiled data plane. Seen from outside through ``plane`` only."""
