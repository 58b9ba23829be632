"""What labctl's labs showed: `python -m findings` runs them and writes docs/findings.md."""
