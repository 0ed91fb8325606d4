"""Filters over what documents say of themselves: conditions, what values mean, which fit."""
