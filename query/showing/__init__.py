"""Rankings as people read them: in a terminal, in a notebook."""
