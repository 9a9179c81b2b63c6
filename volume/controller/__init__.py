"""The bus listener beside the database: places volumes, takes reports, sweeps."""
