"""Certificates: made anew in time, for which names, the office's own, and the install sheet."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from doorstep.field import certificates, install_sheet

NAMES = ["doorstep.local", "192.168.7.9"]


def ends(files: certificates.Files) -> datetime:
    return x509.load_pem_x509_certificate(files.certificate.read_bytes()).not_valid_after_utc


def test_a_certificate_is_kept_until_it_ends_soon_or_lacks_a_name(tmp_path: Path) -> None:
    first = ends(certificates.make_ready(tmp_path, NAMES))
    assert ends(certificates.make_ready(tmp_path, NAMES[:1])) == first
    authority = certificates.read_authority(tmp_path)
    later = datetime.now(UTC) + timedelta(days=certificates.CERTIFICATE_DAYS - 29)
    files = certificates.make_ready(tmp_path, NAMES[:1], later)
    assert ends(files) > first
    assert certificates.list_names_in(files.certificate) == NAMES
    more = certificates.make_ready(tmp_path, [*NAMES, "10.1.2.3"], later)
    assert "10.1.2.3" in certificates.list_names_in(more.certificate)
    assert certificates.read_authority(tmp_path) == authority


def test_the_authority_signs_for_this_machine_and_private_addresses_only(tmp_path: Path) -> None:
    certificates.make_ready(tmp_path, NAMES)
    for name in ("bank.example", "8.8.8.8"):
        with pytest.raises(certificates.Unfit, match=name):
            certificates.make_ready(tmp_path, [*NAMES, name])


def test_the_offices_own_certificate_goes_before_ours(tmp_path: Path) -> None:
    office = certificates.make_ready(tmp_path / "office", NAMES)
    taken = certificates.take_office(tmp_path / "tls", *office)
    assert certificates.make_ready(tmp_path / "tls", ["elsewhere.local"]) == taken
    other = certificates.make_ready(tmp_path / "other", NAMES)
    with pytest.raises(certificates.Unfit, match="key"):
        certificates.take_office(tmp_path / "tls", office.certificate, other.key)
    ended = datetime.now(UTC) + timedelta(days=certificates.CERTIFICATE_DAYS + 1)
    with pytest.raises(certificates.Unfit, match="ended"):
        certificates.make_ready(tmp_path / "tls", NAMES, ended)


def test_keys_are_for_this_user_alone(tmp_path: Path) -> None:
    certificates.make_ready(tmp_path / "tls", NAMES)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "tls").iterdir()} == {0o600}


def test_the_sheet_leads_phones_to_the_field_app_in_both_languages_and_bears_no_key(
    tmp_path: Path,
) -> None:
    certificates.make_ready(tmp_path, NAMES)
    authority = certificates.read_authority(tmp_path)
    assert authority is not None
    fingerprint = certificates.fingerprint_of(authority)
    sheet = install_sheet.render("https://192.168.7.9:8443", fingerprint)
    assert fingerprint in sheet and sheet.count("<svg") == 2
    assert "https://192.168.7.9:8443/field/authority.crt" in sheet and "PRIVATE" not in sheet
    office = install_sheet.render("https://office.example", None)
    assert office.count("<svg") == 1 and "CA certificate" not in office
    for shown, address in ((sheet, "https://192.168.7.9:8443"), (office, "https://office.example")):
        assert f"<code>{address}/field/</code></figcaption>" in shown
        assert "Add to Home screen" in shown and "添加到主屏幕" in shown
