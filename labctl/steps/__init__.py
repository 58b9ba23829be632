"""Playing steps on a lab that is up: a module each verb, and what they share."""
