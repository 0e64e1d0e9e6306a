"""The administrators' door: server-rendered pages, quickened by htmx, useful without it.

Refuses whoever has no console session, and whatever their roles do not allow today.
"""
