"""What is on disk: generations, the catalog, vectors, reuse, staleness, verification."""
