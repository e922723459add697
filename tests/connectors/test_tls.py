"""Over real TLS: only the system that the url names, vouched for by whom the document trusts."""

import datetime
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cti_server.connectors import ConnectorError, Why
from tests.connectors.documents import connected
from tests.connectors.rude_server import rude_server, says

PATIENT = 30.0
HOME = ["127.0.0.0/8"]


@dataclass(frozen=True, slots=True)
class Authority:
    """`file`: its certificate."""

    file: Path
    key: ec.EllipticCurvePrivateKey
    name: x509.Name

    def vouches(self, name: str) -> ssl.SSLContext:
        """What a server of that name needs."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _signed(name, key, self.name, self.key, [x509.DNSName(name)], ca=False)
        path = self.file.with_name(f"{self.file.stem}-{name}.pem")
        form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(certificate + key.private_bytes(serialization.Encoding.PEM, *form))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def authority(folder: Path, name: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    path = folder / f"{name}.pem"
    path.write_bytes(_signed(name, key, subject, key, [], ca=True))
    return Authority(path, key, subject)


def _signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    names: Sequence[x509.DNSName],
    *,
    ca: bool,
) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


async def test_only_whom_the_document_trusts(tmp_path: Path) -> None:
    ours, theirs = authority(tmp_path, "ours"), authority(tmp_path, "theirs")
    async with rude_server(says({"name": "crm"}), tls=ours.vouches("localhost")) as crm:
        url = f"https://localhost:{crm.port}"
        async with connected(url, networks=HOME, ca=str(ours.file)) as connectors:
            assert await connectors.call("crm", "ask", {}, PATIENT) == {"name": "crm"}
        for trusted in (None, str(theirs.file)):
            async with connected(url, networks=HOME, ca=trusted) as connectors:
                with pytest.raises(ConnectorError) as refused:
                    await connectors.call("crm", "ask", {}, PATIENT)
                assert refused.value.why is Why.UNREACHABLE
        async with connected(crm.url, ca=str(ours.file)) as connectors:
            with pytest.raises(ConnectorError) as refused:
                await connectors.call("crm", "ask", {}, PATIENT)
            assert refused.value.why is Why.UNREACHABLE, "vouched for as localhost, not as 127.0.0.1"
        assert len(crm.heads) == 1
