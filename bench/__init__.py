"""labctl's speed and memory against docker-compose and mc: `python -m bench`, or `make bench`."""
