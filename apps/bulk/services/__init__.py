"""Verbs of bulk jobs, by noun: imports, acts on people, jobs."""
