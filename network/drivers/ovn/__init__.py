"""The real network engine: rows of OVN's northbound database, one transaction a resource."""
