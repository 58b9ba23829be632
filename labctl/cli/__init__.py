"""The command line: parse, one call, render, exit code. Commands import what they need when they
run, so that `labctl --help` is quick."""

from labctl.cli.main import main

__all__ = ["main"]
