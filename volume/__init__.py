"""Block Storage v3: disks that outlive servers."""
