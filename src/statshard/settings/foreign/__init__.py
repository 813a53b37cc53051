"""Foreign: configurations of other proxies, read into what ours would say."""
