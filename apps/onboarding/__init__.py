"""Opens tenants and creates realms with all they are born with. The only app whose verbs put other apps' rows together."""
