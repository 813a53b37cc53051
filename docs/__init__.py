"""The pages, and what writes those that come from tables in the source."""
