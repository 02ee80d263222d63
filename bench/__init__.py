"""Forksight measured side by side with what people use instead; `make bench` prints the table."""
