"""The compiled plane, through the doors that are open to tests only."""
