"""Volume's rows: volumes and what belongs to them, types, limits, services."""
