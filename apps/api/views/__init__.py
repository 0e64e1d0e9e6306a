"""One module a noun: translate in, one domain call, translate out."""
