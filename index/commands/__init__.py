"""The commands of `index`, a module each."""
