"""Real processes on loopback: what goes in comes out, and is counted."""
