"""The errors a person meets: each one's text is a single line that says what to do."""


class PassageSearchError(Exception):
    """What every error meant for a person derives from; its text is one clear line."""


class ModelError(PassageSearchError):
    """A model that is missing, damaged, refused, or not the one that was asked for."""
