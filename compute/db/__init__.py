"""Compute's rows: servers and their parts, the ledger, the hosts."""
