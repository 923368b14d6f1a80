"""Secondary suppression: what else has to go so that nobody works out what the primary rules hide."""
