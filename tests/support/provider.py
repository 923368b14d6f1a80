"""A certified OpenID provider in a process of its own, on loopback: npm's `oidc-provider`.

`make tools` installs it.
"""

import json
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey

NODE = Path(__file__).parents[1] / "full" / "node"
AUDIENCE = "https://enclave.example/api"
SECRET = "a-secret-that-only-tests-know-0123456789"
STOP_SECONDS = 10


@dataclass(frozen=True)
class Certificate:
    """Of 127.0.0.1, and of its own authority."""

    file: Path
    certificate: str
    key: str


@dataclass
class Provider:
    """A running provider. `issuer` is its address; any name signs in, by typing it into a field called Name."""

    issuer: str
    process: "subprocess.Popen[str]"
    certificate: Certificate
    settings: dict[str, Any]
    http: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        trusted = ssl.create_default_context(cafile=str(self.certificate.file))
        self.http = httpx2.Client(base_url=self.issuer, verify=trusted, trust_env=False, timeout=30)

    @property
    def port(self) -> int:
        return int(self.issuer.rpartition(":")[2])

    def service_token(self, client: str) -> str:
        """The access token of a client of its own: nobody signs in."""
        asked = {"grant_type": "client_credentials", "scope": "enclave", "resource": AUDIENCE}
        answer = self.http.post("/token", data=asked, auth=(client, SECRET))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def stop(self) -> None:
        """As if it were gone."""
        self.http.close()
        self.process.terminate()
        self.process.communicate(timeout=STOP_SECONDS)


def make_certificate(folder: Path) -> Certificate:
    """A fresh one, valid for two days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(pem))
    return Certificate(file, made.public_bytes(pem).decode(), secret.decode())


def signing_key(kid: str) -> dict[str, Any]:
    """A private key of the provider."""
    made = dict(ECKey.generate_key("P-256").as_dict(private=True))
    return made | {"kid": kid, "use": "sig", "alg": "ES256"}


@contextmanager
def provider_process(
    certificate: Certificate,
    *,
    redirect_uris: tuple[str, ...] = (),
    services: tuple[str, ...] = (),
    people: Mapping[str, Any] | None = None,
    keys: tuple[dict[str, Any], ...] | None = None,
    port: int = 0,
    **settings: Any,
) -> Iterator[Provider]:
    """A provider with the clients that this product has: `enclave-web`, `enclave-cli`, and one for each service.

    Args:
        people: by name: `acr` and `amr` of their sign-in, `claims` at userinfo, and what else a `token` says.
        keys: private keys; the first one signs.
    """
    asked = {
        "audience": AUDIENCE,
        "keys": list(keys or (signing_key("first"),)),
        "people": dict(people or {}),
        "port": port,
        "clients": _clients(redirect_uris, services),
        "tls": {"key": certificate.key, "certificate": certificate.certificate},
        **settings,
    }
    with subprocess.Popen(
        ["node", "provider.mjs"],
        cwd=NODE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        process.stdin.write(json.dumps(asked))
        process.stdin.close()
        issuer = process.stdout.readline().strip()
        assert issuer

        process.stdin = None
        found = Provider(issuer, process, certificate, asked)
        try:
            yield found
        finally:
            found.http.close()
            process.kill()
            process.wait()


def _clients(redirect_uris: tuple[str, ...], services: tuple[str, ...]) -> list[dict[str, Any]]:
    web = {
        "client_id": "enclave-web",
        "client_secret": SECRET,
        "redirect_uris": list(redirect_uris),
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "id_token_signed_response_alg": "ES256",
    }
    line = {
        "client_id": "enclave-cli",
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "redirect_uris": [],
        "response_types": [],
        "grant_types": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        "id_token_signed_response_alg": "ES256",
    }
    own = {
        "client_secret": SECRET,
        "redirect_uris": [],
        "response_types": [],
        "id_token_signed_response_alg": "ES256",
    }
    return [
        *([web] if redirect_uris else []),
        line,
        *({"client_id": one, "grant_types": ["client_credentials"], **own} for one in services),
    ]
