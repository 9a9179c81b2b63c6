"""Where Horizon looks for the settings of its site."""
