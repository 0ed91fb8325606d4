"""A folder of articles to an index on disk."""
