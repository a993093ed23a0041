from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import VerificationKey
from bluezone.protocol.gate import certify_gate, read_challenge, write_challenge
from bluezone.protocol.invite import Channel, CodeLink, Invitation
from bluezone.protocol.place import PlaceCode, PlaceKind, write_place_code
from bluezone.protocol.scan import TypedCode, TypedKind, read_scanned
from bluezone.protocol.scan_errors import (
    ChallengeMalformed,
    CodeForeign,
    CodeLinkMalformed,
    ContactCardScanned,
    DeclarationCodeScanned,
    InvitationMalformed,
    NothingScanned,
    OldBluezoneCode,
    PaymentCodeScanned,
    PersonalCodeScanned,
    PlaceCodeMalformed,
    ScanError,
    WebPageScanned,
    WifiCodeScanned,
)

HOST = "bluezone.hungyen.gov.vn"
KEY = ec.derive_private_key(20200804, ec.SECP256R1())
KEYS = [VerificationKey(KEY.public_key(), "bluezone", "v1")]
PLACE = PlaceCode(
    name="Chợ Phố Hiến",
    address="",
    unit="11983",
    kind=PlaceKind.MARKET,
    valid_from=date(2020, 8, 3),
    valid_until=None,
    default_stay_minutes=60,
    seed=bytes(16),
    server_key=bytes(32),
    issued=date(2020, 8, 3),
)
GATE = certify_gate(
    KEY.public_key(),
    gate_id=bytes(8),
    label="Cổng A",
    valid_from=date(2020, 8, 3),
    valid_until=date(2020, 9, 3),
    key=KEY,
)
CHALLENGE = write_challenge(GATE, key=KEY, slot=53_213_760, nonce=bytes(8), host=HOST)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (write_place_code(PLACE, key=KEY, host=HOST), PLACE),
        (f"  https://{HOST}/c#7KQ29FXM00A1B2C3\n", CodeLink("7KQ29FXM00A1B2C3", HOST)),
        (f"HTTPS://{HOST.upper()}/c#7kq2-9fxm-00a1-b2c3", CodeLink("7KQ29FXM00A1B2C3", HOST)),
        (f"https://{HOST}/u#11983.school", Invitation("11983", Channel.SCHOOL)),
        ("1234 5678", TypedCode(TypedKind.VERIFICATION, "12345678")),
        ("7kq2 9fxm 00a1 b2c3", TypedCode(TypedKind.VERIFICATION, "7KQ29FXM00A1B2C3")),
        ("ba", TypedCode(TypedKind.GATE_WORD, "BA")),
    ],
)
def test_codes_of_ours_are_told_apart(text, meaning):
    assert read_scanned(text, keys=KEYS) == meaning


def test_a_challenge_is_read_with_its_gate():
    assert read_scanned(CHALLENGE, keys=KEYS).gate.label == read_challenge(CHALLENGE, keys=KEYS).gate.label == "Cổng A"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", NothingScanned),
        (" \u200b\n", NothingScanned),
        ("https://vnexpress.net/suc-khoe", WebPageScanned),
        ("www.hungyen.gov.vn", WebPageScanned),
        (f"https://{HOST}/p", WebPageScanned),
        (f"https://{HOST}@evil.example/p#AAAA", WebPageScanned),
        ("http://[", WebPageScanned),
        ("https://www.bluezone.gov.vn/tai-ve", OldBluezoneCode),
        ("https://notbluezone.gov.vn/", WebPageScanned),
        ("https://qr.tokhaiyte.vn/?id=1", DeclarationCodeScanned),
        ("https://kbyt.khambenh.gov.vn/qr/579cc996", DeclarationCodeScanned),
        ("https://qr.pccovid.gov.vn/x", DeclarationCodeScanned),
        ("******509|Nguyễn Văn C|1989/3/3|0|QID123|1<GD4877<0943", PersonalCodeScanned),
        ("033090001234|145123456|Nguyễn Thị B|01021990|Nữ|Hưng Yên|01062021", PersonalCodeScanned),
        ("DN4330123456789|4e677579e1bb856e|01/02/1990|1|", PersonalCodeScanned),
        ("00020101021138570010A00000072701270006970436", PaymentCodeScanned),
        ("WIFI:S:Quan;T:WPA;P:12345678;;", WifiCodeScanned),
        ("BEGIN:VCARD\nFN:An\nEND:VCARD", ContactCardScanned),
        ("tel:19009095", ContactCardScanned),
        ("8934563138165", CodeForeign),
        ("a" * 5000, CodeForeign),
        (f"https://{HOST}/p#kaputt", PlaceCodeMalformed),
        (f"https://{HOST}/g#kaputt", ChallengeMalformed),
        (f"https://{HOST}/c#kaputt", CodeLinkMalformed),
        (f"https://{HOST}/u#kaputt", InvitationMalformed),
    ],
)
def test_other_codes_are_named(text, error):
    with pytest.raises(error) as caught:
        read_scanned(text, keys=KEYS)
    assert type(caught.value) is error


def test_a_web_pages_true_host_is_told():
    with pytest.raises(WebPageScanned) as caught:
        read_scanned(f"https://{HOST}@evil.example/p#AAAA", keys=KEYS)
    assert caught.value.host == "evil.example"


def test_nothing_of_a_persons_code_stays_in_the_message():
    with pytest.raises(PersonalCodeScanned) as caught:
        read_scanned("033090001234|145123456|Nguyễn Thị B|01021990|Nữ|Hưng Yên|01062021", keys=KEYS)
    assert not any(part in str(caught.value) for part in ("0330", "Nguyễn", "1990"))


LINKS = st.builds("{}://{}/{}#{}".format, st.sampled_from(["http", "https"]), st.text(), st.text(max_size=1), st.text())


@given(
    text=st.one_of(st.text(), LINKS, st.builds(f"https://{HOST}/{{}}#{{}}".format, st.sampled_from("pgcu"), st.text()))
)
def test_any_text_is_read_or_refused_with_a_named_error(text):
    try:
        read_scanned(text, keys=KEYS)
    except ScanError:
        return
