"""Resources: what HTTP asks of identity."""
