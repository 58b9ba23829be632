"""What runs inside the lab's own containers: standard library, minio and tenacity only."""
