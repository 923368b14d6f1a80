"""A grammar of research SQL over the whole surface, and what its queries are held against."""
