"""HTTPS from another address than localhost, as a phone comes to it."""

import http.client
import ssl

import pytest

from doorstep.bench.server import Installation


@pytest.mark.once
def test_a_phone_that_has_the_authority_trusts_the_server_by_another_address() -> None:
    with Installation("sqlite") as installation:
        installation.command("tls", "--name", "127.0.0.2", "--port", str(installation.port))
        installation.start("--tls", "--name", "127.0.0.2", host="0.0.0.0")
        folder = installation.folder / "data" / "tls"
        trusting = ssl.create_default_context(cafile=str(folder / "authority.pem"))
        phone = http.client.HTTPSConnection("127.0.0.2", installation.port, context=trusting)
        phone.request("POST", "/field/v1/entries", b"")
        assert phone.getresponse().read() == b'{"code":"HEADERS_INVALID"}'
        phone.request("GET", "/sign-in", headers={"Host": "127.0.0.2"})
        assert phone.getresponse().status != 400
        phone.close()
        phone.request("GET", "/sign-in", headers={"Host": "elsewhere.example"})
        assert phone.getresponse().status == 400
        stranger = http.client.HTTPSConnection("127.0.0.2", installation.port)
        with pytest.raises(ssl.SSLCertVerificationError):
            stranger.request("GET", "/")
