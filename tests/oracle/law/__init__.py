"""Whole sessions in two worlds that nobody may tell apart: a world, twins of it, questions, and the comparison."""
