"""Names that nobody chose: surnames and schools from syllables, forenames from a short list.

Nothing in a name says anything about a person: it is drawn apart from ethnic group, language and means.
"""

from __future__ import annotations

from itertools import product

FIRST_HALVES = (
    "Alder", "Ash", "Barn", "Birch", "Black", "Bramble", "Brook", "Burr", "Cald", "Carr", "Clay", "Cold", "Crane",
    "Dove", "Elder", "Elm", "Fair", "Fen", "Fern", "Flint", "Glen", "Gold", "Hart", "Haw", "Hazel", "Heath", "Hollow",
    "Juniper", "Kest", "Lark", "Lime", "Linden", "Marsh", "Mead", "Moor", "Oak", "Pen", "Quill", "Raven", "Reed",
    "Ridge", "Rook", "Rowan", "Rush", "Sedge", "Shale", "Silver", "Stone", "Swift", "Thistle", "Thorn", "Vale", "Wend",
    "Wild", "Willow", "Winter", "Wren", "Yarrow",
)  # fmt: skip
SECOND_HALVES = (
    "bank", "beck", "bourne", "bridge", "brook", "combe", "croft", "dale", "den", "field", "ford", "gate", "grove",
    "ham", "hill", "hurst", "land", "leigh", "ley", "lock", "mere", "mont", "more", "quist", "shaw", "side", "son",
    "stead", "sten", "stow", "thwaite", "ton", "wald", "ward", "water", "well", "wick", "wood", "worth", "wright",
)  # fmt: skip
GIRLS = (
    "Ada", "Aisha", "Alba", "Amara", "Anya", "Bea", "Cora", "Dalia", "Edie", "Elif", "Esme", "Farah", "Freya", "Gwen",
    "Hana", "Ines", "Iris", "Jaya", "June", "Kasia", "Lena", "Liv", "Maeve", "Mina", "Nadia", "Neve", "Nura", "Orla",
    "Pia", "Priya", "Rhea", "Rosa", "Safa", "Saoirse", "Tala", "Tess", "Uma", "Vera", "Willa", "Yara", "Zadie", "Zuri",
)  # fmt: skip
BOYS = (
    "Abel", "Adil", "Alec", "Amir", "Anton", "Arlo", "Bram", "Caleb", "Chidi", "Dev", "Eli", "Emre", "Ewan", "Felix",
    "Finn", "Gabe", "Harun", "Hugo", "Idris", "Ivo", "Jonah", "Kai", "Kofi", "Levi", "Luca", "Malik", "Milo", "Nico",
    "Omar", "Otis", "Piotr", "Rafi", "Reza", "Rory", "Sami", "Seth", "Tariq", "Theo", "Umar", "Viktor", "Yusuf", "Zane",
)  # fmt: skip
SURNAMES: tuple[str, ...] = tuple(first + second for first, second in product(FIRST_HALVES, SECOND_HALVES))
FORENAMES: tuple[str, ...] = GIRLS + BOYS
SCHOOL_KINDS = ("Nursery School", "Primary School", "School", "Special School", "Learning Centre")
PARTS_OF_A_PLACE = (
    "", "Upper ", "Lower ", "North ", "South ", "East ", "West ", "Great ", "Little ", "Old ", "New ", "Long ", "High ",
    "Middle ", "Far ", "Near ", "Nether ", "Over ", "Market ", "Church ", "Abbey ", "Castle ", "Temple ", "Kings ",
)  # fmt: skip
TRUST_WORDS = ("Learning Trust", "Education Partnership", "Schools Trust")


def school_name(number: int, kind: int, *, academy: bool) -> str:
    """A name for the school: different for each number below the count of surnames times that of parts of a place."""
    spread = number * 797 % len(SURNAMES)  # coprime to the count, so that neighbours differ
    part = PARTS_OF_A_PLACE[number // len(SURNAMES) % len(PARTS_OF_A_PLACE)]
    return f"{part}{SURNAMES[spread]} {'Academy' if academy else SCHOOL_KINDS[kind]}"


def trust_name(number: int) -> str:
    spread = number * 1013 % len(SURNAMES)
    return f"{SURNAMES[spread]} {TRUST_WORDS[number % len(TRUST_WORDS)]}"
