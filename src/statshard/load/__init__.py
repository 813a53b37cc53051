"""Load: a paced generator and the receivers that check what becomes of its lines."""
