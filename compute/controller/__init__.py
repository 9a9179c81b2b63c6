"""The bus listener beside the database: builds, reports, and the sweep."""
