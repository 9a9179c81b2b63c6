"""Where a server goes: filters, weighers and the sentence when nothing fits.  Pure functions."""
