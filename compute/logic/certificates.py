"""Client certificates, for guests that know those and no ssh keys."""

import base64
import datetime as dt
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from common import errors as roots

LIFE = dt.timedelta(days=3650)
UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
"""The user's name as a client certificate carries it; source: [MS-WCCE] 2.2.2.7.5."""


def generate(user_id: str, now: dt.datetime) -> tuple[str, str]:
    """Return a new client certificate in PEM, and it with its key as PKCS #12 in base64."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user_id[:64])])
    text = f"{user_id}@localhost".encode()
    upn = x509.OtherName(UPN, b"\x0c" + len(text).to_bytes(1, "big") + text)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIFE)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)
        .add_extension(x509.SubjectAlternativeName([upn]), False)
        .sign(key, hashes.SHA256())
    )
    bundle = pkcs12.serialize_key_and_certificates(
        None, key, certificate, None, forms.NoEncryption()
    )
    form: Any = forms.Encoding
    return certificate.public_bytes(form.PEM).decode(), base64.b64encode(bundle).decode()


def fingerprint(certificate: str) -> str:
    """Return the SHA-1 of a certificate in pairs.  Raises BadRequest for what is none."""
    try:
        found = x509.load_pem_x509_certificate(certificate.encode())
    except ValueError as error:
        raise roots.BadRequest(reason=f"Keypair data is invalid: {error}") from error
    digest = found.fingerprint(hashes.SHA1())  # noqa: S303 - a name, not a protection
    return ":".join(f"{byte:02x}" for byte in digest)
