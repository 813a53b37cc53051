"""The daemon: start, life and stop of the processes that statshard runs as."""
