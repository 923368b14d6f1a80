"""What becomes of an answer: its route, its states, and who may move it. Nothing here sees data."""

from enclave.outputs.routes import Asked, Routing, decide

__all__ = ["Asked", "Routing", "decide"]
