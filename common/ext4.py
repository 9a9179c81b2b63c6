"""How file systems for containers are made."""

MKFS = (
    *("mkfs.ext4", "-q", "-F", "-m0"),
    *("-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard"),
)
"""The words that make one, before the options of its own and the file."""
