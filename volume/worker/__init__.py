"""The bus listener on a host: carries out orders on its pool; knows no database."""
