"""The lab file: its model, and how YAML becomes it with every error at its place."""
