"""The whole picture on one machine: a proxy, servers behind it, and a view of them."""
