"""labctl: a real MinIO whose storage runs out under a real S3 client."""

__version__ = "0.1.0"
