"""From a researcher's text to a plan: parse, resolve, authorise, protect, compile. Works on trees; holds no rows."""
