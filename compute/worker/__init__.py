"""The bus listener on a host: carries out orders, reports what runs; knows no database."""
