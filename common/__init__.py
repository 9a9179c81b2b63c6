"""What two services or more need: HTTP, tokens, policy, database, bus, configuration, logs."""
