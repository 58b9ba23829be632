"""What a run's events say: a summary, and how it is shown."""
