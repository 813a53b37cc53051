"""Settings: from text to frozen, typed values."""
