"""The use cases: up, run, logs, ps, down."""
