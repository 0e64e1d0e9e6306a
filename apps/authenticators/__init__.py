"""Owns authenticator configs: how and where people prove who they are (hosted pages, or an SDK inside an app).

Refuses invoke URLs and origins that could carry a proof to a place nobody meant.
"""
