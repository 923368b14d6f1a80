"""What a witness signs (C2SP tlog-cosignature, `cosignature/v1`): the checkpoint, and when it was seen.

The kind of key differs from a log's, and so does what is signed: neither can pass for the other. Who checks it:
`verify.read_checkpoint`, which shares no code with this.
"""

import base64
import hashlib
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from enclave.audit.notes import DASH, Signer

WITNESS = b"\x04"


def witness_key(signer: Signer) -> str:
    """The public key of a witness, as `name+id+key`: what those who trust it are given."""
    return f"{signer.name}+{_id(signer).hex()}+{_base64(WITNESS + signer.verifier.key)}"


def cosigned(note: str, signer: Signer, *, at: datetime) -> str:
    """The note with the line of the witness below the others. It must be one that was judged before."""
    text, _, lines = note.rpartition("\n\n")
    seconds = int(at.timestamp())
    said = f"cosignature/v1\ntime {seconds}\n{text}\n"
    signature = Ed25519PrivateKey.from_private_bytes(signer.seed).sign(said.encode())
    line = _base64(_id(signer) + seconds.to_bytes(8, "big") + signature)
    return f"{text}\n\n{lines}{DASH}{signer.name} {line}\n"


def _id(signer: Signer) -> bytes:
    return hashlib.sha256(signer.name.encode() + b"\n" + WITNESS + signer.verifier.key).digest()[:4]


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
