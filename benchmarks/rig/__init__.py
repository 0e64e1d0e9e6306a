"""What the benchmarks share: a durable database, the servers to compare, and the load."""
