"""Docker engines: what labctl asks of one, the real one, and a fake."""
