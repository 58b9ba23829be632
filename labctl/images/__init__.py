"""Where an image comes from: present, pulled, built."""
