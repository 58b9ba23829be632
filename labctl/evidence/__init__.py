"""What a run leaves on disk: events, logs, figures, and no secrets."""
