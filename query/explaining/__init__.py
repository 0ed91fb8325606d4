"""Why a passage is a hit, or is not: its score as a sum, and where it stands among all."""
