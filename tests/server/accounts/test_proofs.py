import unicodedata

import pytest

from bluezone.randomness import SeededRandomness
from bluezone.server.accounts.errors import PasswordWeak
from bluezone.server.accounts.proofs import Proofs, base32, check_password, totp_step

RFC_SECRET = b"12345678901234567890"
"""RFC 6238, appendix B."""


@pytest.fixture(scope="module")
def proofs():
    return Proofs(b"a key", SeededRandomness("proofs"))


@pytest.mark.parametrize(
    ("now", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]
)
def test_codes_are_those_of_rfc_6238(now, code):
    assert totp_step(RFC_SECRET, code, now, after=0) == now // 30


def test_a_code_is_good_for_a_step_before_and_after_and_once():
    assert totp_step(RFC_SECRET, "081 804", 1111111109 + 30, after=0) is not None
    assert totp_step(RFC_SECRET, "081804", 1111111109 + 60, after=0) is None
    assert totp_step(RFC_SECRET, "081804", 1111111109, after=1111111109 // 30) is None


@pytest.mark.parametrize("typed", ["", "08180", "0818040", "08180a", "०८१८०४", "081804\n1"])
def test_what_is_no_code_fits_nothing(typed):
    assert totp_step(RFC_SECRET, typed, 1111111109, after=0) is None


def test_a_password_fits_however_its_letters_are_composed(proofs):
    hashed = proofs.hash_password(unicodedata.normalize("NFD", "cái cày đi sau"))
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert proofs.password_fits(hashed, "cái cày đi sau")
    assert not proofs.password_fits(hashed, "cái cày đi trước")
    assert not proofs.password_fits(None, "cái cày đi sau")


@pytest.mark.parametrize(
    "password",
    [
        "ngắn",
        "x" * 129,
        "aaaaaaaaaaaaaaaa",
        "123456789012345",
        "abcdefghijklmnop",
        "MatKhau12345678",
        "Bluezone-2020!",
        "qwertyuiop123",
        "nguyen.an2020",
        "NguyenThiAn1990",
    ],
)
def test_passwords_that_guessers_try_first_are_refused(password):
    with pytest.raises(PasswordWeak):
        check_password(password, login="nguyen.an", name="Nguyễn Thị An")


@pytest.mark.parametrize("password", ["con trâu đi trước cái cày", "correct horse battery staple", "T7#kq9Lw2$xZ"])
def test_good_passwords_are_taken(password):
    check_password(password, login="nguyen.an", name="Nguyễn Thị An")


def test_recovery_codes_differ_and_forgive_what_eyes_confuse(proofs):
    codes = proofs.recovery_codes()
    assert len(set(codes)) == 10
    code = codes[0]
    typed = code.upper().replace("-", " ").replace("0", "O").replace("1", "l")
    assert proofs.recovery_hash("a", typed) == proofs.recovery_hash("a", code) != proofs.recovery_hash("b", code)
    assert proofs.recovery_hash("a", "123456") is None


def test_a_sealed_secret_opens_for_its_account_alone(proofs):
    sealed = proofs.seal("a", b"secret")
    assert proofs.unseal("a", sealed) == b"secret"
    for account, damaged in (("b", sealed), ("a", sealed[:-1] + b"\0")):
        with pytest.raises(ValueError, match="another key or account"):
            proofs.unseal(account, damaged)


def test_a_secret_is_typed_in_base32():
    assert base32(RFC_SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
