"""From a source of raw values to batches: sources, table, split, leaks, store."""
