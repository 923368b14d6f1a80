"""Ids in addresses."""

from typing import Annotated

from fastapi import Path, Query

ID = r"^[A-Za-z0-9][A-Za-z0-9-]{0,39}$"

ProjectPath = Annotated[str, Path(pattern=ID, description="The project.", examples=["P-2026-014"])]
QueryPath = Annotated[str, Path(pattern=ID, description="The query.", examples=["Q-412"])]
OutputPath = Annotated[str, Path(pattern=ID, description="The output.", examples=["O-131"])]
HookPath = Annotated[str, Path(pattern=ID, description="The webhook.", examples=["W-3"])]
RequestPath = Annotated[str, Path(pattern=ID, description="The request.", examples=["R-12"])]
SavedPath = Annotated[str, Path(pattern=ID, description="The saved query.", examples=["S-4"])]
CasePath = Annotated[str, Path(pattern=ID, description="The case.", examples=["C-3"])]
LetterPath = Annotated[str, Path(pattern=ID, description="The letter.", examples=["L-7"])]
OfProject = Annotated[str | None, Query(pattern=ID, description="Only of this project.")]
Word = Annotated[str | None, Query(max_length=100, description="Only what mentions this word.")]
