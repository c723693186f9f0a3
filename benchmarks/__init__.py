"""What is fast, measured: each figure a ratio of two ways taken in turn within one run."""
