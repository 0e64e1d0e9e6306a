"""What all faces share: request → Context, bearer check, strict JSON, limits, refusal → HTTP status, error pages.

Refuses what no face should have to think of: oversize and compressed bodies, NUL in a URL, an unbelieved proxy header.
"""
