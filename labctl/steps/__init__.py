"""One module a verb of the lab file's steps."""
