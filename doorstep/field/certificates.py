"""HTTPS for devices: a local authority, and a certificate for the names and addresses of this
machine; or the office's own certificate. Browsers give keys, camera and offline work to HTTPS only.

The authority may sign for this machine's names and for private addresses and nothing else (name
constraints), so whoever installs it on a phone does not trust it for the rest of the world. Refuses
a certificate whose key is another's, or that has ended.
"""

import ipaddress
import os
import socket
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3_650
CERTIFICATE_DAYS = 397  # what browsers bear
RENEW_DAYS = 30  # before its end a certificate is made anew
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1/128")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Files(NamedTuple):
    """Where certificate (with its chain) and key lie, as PEM."""

    certificate: Path
    key: Path


class Unfit(Exception):
    """A certificate that cannot be served; the text says why, in English and Chinese."""


def list_names(extra: Iterable[str] = ()) -> list[str]:
    """The names and addresses this machine is reached by, the most useful first; `extra` before
    all others.
    """
    host = socket.gethostname().lower()
    found = [*extra, *_list_addresses(host), host]
    if "." not in host:
        found.append(f"{host}.local")
    return list(dict.fromkeys([*found, "localhost", "127.0.0.1", "::1"]))


def make_ready(folder: Path, names: Iterable[str], now: datetime | None = None) -> Files:
    """The certificate to serve from `folder`: the office's own if there is one, else one by the
    local authority. It is made, or made anew when it ends within RENEW_DAYS or lacks a name.

    Raises:
        Unfit: the office's certificate has ended, or its key is another's; or the authority may not
            sign for a name.
    """
    now = now or datetime.now(UTC)
    office = Files(folder / "office.pem", folder / "office.key")
    if office.certificate.exists():
        _check(office, now)
        return office
    made, wanted = Files(folder / "server.pem", folder / "server.key"), list(names)
    said = list_names_in(made.certificate) if made.certificate.exists() else []
    if not said or not set(wanted) <= set(said) or _ends_soon(made.certificate, now):
        _issue(folder, made, list(dict.fromkeys([*wanted, *said])), now)
    return made


def list_names_in(certificate: Path) -> list[str]:
    """The names and addresses a certificate is for."""
    served = x509.load_pem_x509_certificate(certificate.read_bytes())
    said = served.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in said]


def take_office(folder: Path, certificate: Path, key: Path) -> Files:
    """Serve the office's own certificate (PEM, its chain after it) from now on.

    Raises:
        Unfit: it has ended, or the key is another's.
        OSError, ValueError: a file cannot be read.
    """
    _check(Files(certificate, key), datetime.now(UTC))
    _write(folder / "office.key", key.read_bytes())
    _write(folder / "office.pem", certificate.read_bytes())
    return Files(folder / "office.pem", folder / "office.key")


def read_authority(folder: Path) -> bytes | None:
    """The local authority's certificate as PEM, for people to install; None without one."""
    path = folder / "authority.pem"
    return path.read_bytes() if path.exists() else None


def fingerprint_of(certificate: bytes) -> str:
    """SHA-256 of a PEM certificate as phones show it: `AB:CD:…`."""
    return x509.load_pem_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex(":").upper()


def _list_addresses(host: str) -> list[str]:
    found: list[str] = []
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((far, 9))  # sends nothing: it only asks which way a packet would go
                found.append(str(probe.getsockname()[0]))
            except OSError:
                continue
    try:
        told = socket.getaddrinfo(host, None)
    except OSError:
        told = []
    found += [str(each[4][0]) for each in told if "%" not in str(each[4][0])]
    return [each for each in found if not ipaddress.ip_address(each).is_loopback]


def _as_address(name: str) -> _Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _general(name: str) -> x509.GeneralName:
    address = _as_address(name)
    return x509.IPAddress(address) if address else x509.DNSName(name)


def _ends_soon(certificate: Path, now: datetime) -> bool:
    served = x509.load_pem_x509_certificate(certificate.read_bytes())
    return served.not_valid_after_utc - now < timedelta(days=RENEW_DAYS)


def _check(files: Files, now: datetime) -> None:
    served = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if served.public_key().public_bytes(*form) != key.public_key().public_bytes(*form):
        raise Unfit("The key does not belong to the certificate. 私钥与证书不匹配。")
    if served.not_valid_after_utc <= now:
        raise Unfit("The certificate has ended. 证书已过期。")


def _issue(folder: Path, made: Files, names: list[str], now: datetime) -> None:
    authority, signer = _get_authority(folder, names, now)
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    refused = [name for name in names if not _is_permitted(name, limits)]
    if refused:
        raise Unfit(
            f"The local authority may not sign for {', '.join(refused)}. Remove {folder} to make "
            f"another one. 本地证书机构无权为上述名称签发；删除该目录后可重新建立。"
        )
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _begin(names[0], authority.subject, key, now, CERTIFICATE_DAYS)
    builder = builder.add_extension(
        x509.SubjectAlternativeName([_general(name) for name in names]), critical=False
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
    )
    chain = [builder.sign(signer, hashes.SHA256()), authority]
    _write(made.key, _pem_of(key))
    _write(made.certificate, b"".join(c.public_bytes(serialization.Encoding.PEM) for c in chain))


def _get_authority(
    folder: Path, names: list[str], now: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    files = Files(folder / "authority.pem", folder / "authority.key")
    if files.certificate.exists():
        key = serialization.load_pem_private_key(files.key.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return x509.load_pem_x509_certificate(files.certificate.read_bytes()), key
    key = ec.generate_private_key(ec.SECP256R1())
    title = f"Doorstep {socket.gethostname()} {key.public_key().public_numbers().x & 0xFFFF:04X}"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    builder = _begin(title, subject, key, now, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    usage = dict.fromkeys(
        ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
         "key_agreement", "encipher_only", "decipher_only"], False
    )  # fmt: skip
    builder = builder.add_extension(
        x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True
    )
    builder = builder.add_extension(x509.NameConstraints(_limits(names), None), critical=True)
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    )
    authority = builder.sign(key, hashes.SHA256())
    _write(files.key, _pem_of(key))
    _write(files.certificate, authority.public_bytes(serialization.Encoding.PEM))
    return authority, key


def _begin(
    title: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title[:64])]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # phones' clocks are off
        .not_valid_after(now + timedelta(days=days))
    )


def _limits(names: list[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.DNSName("local")]
    found += [x509.IPAddress(ipaddress.ip_network(each)) for each in PRIVATE]
    for name in names:
        address = _as_address(name)
        whole = x509.IPAddress(ipaddress.ip_network(address)) if address else x509.DNSName(name)
        found.append(whole)
    return list(dict.fromkeys(found))


def _is_permitted(name: str, limits: x509.NameConstraints) -> bool:
    address, said = _as_address(name), list(limits.permitted_subtrees or ())
    if address:
        networks = [str(each.value) for each in said if isinstance(each, x509.IPAddress)]
        return any(address in ipaddress.ip_network(network) for network in networks)
    domains = [each.value for each in said if isinstance(each, x509.DNSName)]
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, for this user alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
