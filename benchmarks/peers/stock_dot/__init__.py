"""django-oauth-toolkit as its tutorial sets it up; only the hashing of client secrets is off, or it would measure that."""
