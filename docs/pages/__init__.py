"""The pages that come from tables in the source, a file for each kind."""
