"""Admin: the doors for operators: etsy's text port."""
