"""The register of attacks: which test is of which class, where the class is from, and why it fails."""
