"""Messages between services, one module for each service that owns them."""
