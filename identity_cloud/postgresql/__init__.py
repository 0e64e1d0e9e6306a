"""Django's database backend for PostgreSQL, with what it does for every statement and every moment made quick."""
