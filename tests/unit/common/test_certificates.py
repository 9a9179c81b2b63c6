"""Certificates of hosts: signed by the cloud's own authority, keys for their owner alone."""

from cryptography import x509

from common import certificates


def load(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_host_has_a_certificate_that_the_authority_signed(tmp_path):
    certificates.prepare(tmp_path / "a", "host-a")
    certificates.issue(tmp_path / "a", tmp_path / "b", "host-b")
    authority = load(tmp_path / "a" / "ca-cert.pem")
    for name in ("a", "b"):
        for role in certificates.ROLES:
            found = load(tmp_path / name / f"{role}-cert.pem")
            found.verify_directly_issued_by(authority)
            assert found.subject.rfc4514_string() == f"CN=host-{name}"
            assert (tmp_path / name / f"{role}-key.pem").stat().st_mode & 0o777 == 0o600
        assert certificates.complete(tmp_path / name)
    assert not (tmp_path / "b" / "ca-key.pem").exists()


def test_what_is_there_already_stays(tmp_path):
    certificates.prepare(tmp_path, "host-a")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    certificates.prepare(tmp_path, "host-a")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_host_whose_key_is_missing_is_not_complete(tmp_path):
    certificates.prepare(tmp_path, "host-a")
    (tmp_path / "client-key.pem").unlink()
    assert not certificates.complete(tmp_path)
