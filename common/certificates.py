"""Certificates by which hosts know one another, as QEMU's programs want them.

A directory has `ca-cert.pem`, and `server-` and `client-` with `cert.pem` and `key.pem`; on the
host where the cloud was made also `ca-key.pem`, which signs those of more.  Keys are 0600.
"""

import datetime as dt
import os
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY = "Cumulet hosts"
VALID_DAYS = 3650
ROLES = ("server", "client")
LONGEST_NAME = 64
Key = ec.EllipticCurvePrivateKey


def prepare(directory: pathlib.Path, host: str) -> None:
    """Make the cloud's authority and a host's certificate; what is there already stays."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (directory / "ca-cert.pem").exists():
        key = ec.generate_private_key(ec.SECP256R1())
        _write(directory / "ca-key.pem", _pem(key))
        signed = _signed(AUTHORITY, key, AUTHORITY, key, authority=True)
        _write(directory / "ca-cert.pem", signed)
    if not (directory / "client-cert.pem").exists() and (directory / "ca-key.pem").exists():
        issue(directory, directory, host)


def issue(authority: pathlib.Path, directory: pathlib.Path, host: str) -> None:
    """Write a host's certificate, for serving and for asking.  authority: where the CA's key is."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    loaded = serialization.load_pem_private_key((authority / "ca-key.pem").read_bytes(), None)
    if not isinstance(loaded, Key):
        raise TypeError(f"{authority / 'ca-key.pem'} is no key of an elliptic curve.")
    key = ec.generate_private_key(ec.SECP256R1())
    signed = _signed(host, key, AUTHORITY, loaded, authority=False)
    if directory != authority:
        _write(directory / "ca-cert.pem", (authority / "ca-cert.pem").read_bytes())
    for role in ROLES:
        _write(directory / f"{role}-key.pem", _pem(key))
        _write(directory / f"{role}-cert.pem", signed)


def complete(directory: pathlib.Path) -> bool:
    """Tell whether a directory has all that a host needs."""
    names = ["ca-cert.pem", *(f"{role}-{what}.pem" for role in ROLES for what in ("cert", "key"))]
    return all((directory / name).exists() for name in names)


def _signed(subject: str, key: Key, issuer: str, signer: Key, *, authority: bool) -> bytes:
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(_usage(authority=authority), critical=True)
    )
    if not authority:
        both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        made = made.add_extension(x509.ExtendedKeyUsage(both), critical=False)
        name = x509.SubjectAlternativeName([x509.DNSName(subject)])
        made = made.add_extension(name, critical=False)
    return made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=not authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:LONGEST_NAME])])


def _pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: pathlib.Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    part = path.with_name(f".{path.name}.new")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)
