"""Where the server's audit records go, and what marks a place among them."""

PORT = 8080
PATH = "/audit"
MARKER_PREFIX = "labctl-marker-"
"""Buckets of calls that only mark a place in the record begin so; none of them exists."""
