"""One module a noun. Forms check shape; the domain's verbs check truth, and their refusals land on the fields."""
