"""The accounts room's tables: people who may sign in, their roles, how they prove who they are, and their sessions."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.server.ages import AGE, Age, Columns, Moment, earliest
from bluezone.server.database import KEPT_BACK, metadata
from bluezone.server.settings import Settings

CLOSED_SECONDS = 2 * 365 * 86400
"""A closed account is kept this long: as long as the audit log that names it."""

INVITATION_SECONDS = 3 * 86400

IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 12 * 3600
"""A shift."""
LONGEST_AT = {"password": 10 * 60, "enrol": 60 * 60, "full": LONGEST_SECONDS}
"""How long a session may last at each stage: setting up an app takes longer than typing its code."""

WINDOW_MINUTES = 15
"""How long failed sign-ins are counted."""


def _with_account(account: Moment) -> Moment:
    closed = sa.select(accounts.c.closed_at).where(accounts.c.id == account).scalar_subquery()
    return closed + CLOSED_SECONDS


def _session_due(row: Columns, _settings: Settings) -> Moment:
    return earliest(row.seen_at + IDLE_SECONDS, row.created_at + sa.case(LONGEST_AT, value=row.stage))


_WITH_ACCOUNT = {
    "vi": "Khi tài khoản bị hủy, hoặc khi chủ tài khoản hay người quản lý gỡ bỏ.",
    "en": "With the account, or when its owner or a manager removes it.",
}

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("login", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("unit", sa.String(20), sa.ForeignKey("units.code"), nullable=False, index=True),
    sa.Column("password", sa.String(200), nullable=False, info={KEPT_BACK: True}),
    sa.Column("totp_secret", sa.LargeBinary(64), nullable=True, info={KEPT_BACK: True}),
    sa.Column("totp_step", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("closed_at", sa.BigInteger, nullable=True),
    info={
        "title": {"vi": "Tài khoản cán bộ", "en": "Officials' accounts"},
        "purpose": {
            "vi": "Cán bộ được đăng nhập: họ tên, tên đăng nhập, đơn vị; mật khẩu đã băm, khóa mã 6 số đã mã hóa.",
            "en": "Officials who may sign in: name, user name, unit; password hashed, the key of codes encrypted.",
        },
        "destroyed": {
            "vi": "Hai năm sau khi đóng tài khoản; việc hủy chạy mỗi giờ.",
            "en": "Two years after the account was closed, by the hourly job.",
        },
        "personal": True,
        AGE: Age(due=lambda row, _: row.closed_at + CLOSED_SECONDS, born=lambda row: row.created_at),
    },
)
"""`password` is argon2id's own text form; `totp_secret` AES-GCM under a key in a file; times are Unix seconds."""

account_roles = sa.Table(
    "account_roles",
    metadata,
    sa.Column("account", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role", sa.String(20), primary_key=True),
    sa.Column("unit", sa.String(20), sa.ForeignKey("units.code"), primary_key=True, index=True),
    sa.Column("granted_at", sa.BigInteger, nullable=False),
    info={
        "title": {"vi": "Vai trò của cán bộ", "en": "Officials' roles"},
        "purpose": {
            "vi": "Ai giữ vai trò gì ở đơn vị nào; vai trò có hiệu lực với cả các đơn vị bên dưới.",
            "en": "Who holds which role at which unit; a role holds for the units below too.",
        },
        "destroyed": _WITH_ACCOUNT,
        "personal": True,
        AGE: Age(due=lambda row, _: _with_account(row.account), born=lambda row: row.granted_at),
    },
)

account_passkeys = sa.Table(
    "account_passkeys",
    metadata,
    sa.Column("credential", sa.LargeBinary(1023), primary_key=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("account", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("public_key", sa.LargeBinary(1024), nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    info={
        "title": {"vi": "Khóa đăng nhập", "en": "Passkeys"},
        "purpose": {
            "vi": "Phần công khai của khóa đăng nhập mà cán bộ đã thêm; phần bí mật không rời thiết bị của họ.",
            "en": "The public part of passkeys that officials added; the secret part never leaves their device.",
        },
        "destroyed": _WITH_ACCOUNT,
        "personal": True,
        AGE: Age(due=lambda row, _: _with_account(row.account), born=lambda row: row.created_at),
    },
)

account_recovery = sa.Table(
    "account_recovery",
    metadata,
    sa.Column("account", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("hash", sa.LargeBinary(32), primary_key=True),
    info={
        "title": {"vi": "Mã khôi phục", "en": "Recovery codes"},
        "purpose": {
            "vi": "Mã dùng một lần khi mất điện thoại, chỉ ở dạng băm.",
            "en": "Codes of one use for whoever lost their phone, as hashes alone.",
        },
        "destroyed": {
            "vi": "Khi dùng, khi tạo bộ mã mới, hoặc khi tài khoản bị hủy.",
            "en": "When used, when new ones are made, or with the account.",
        },
        "personal": True,
        AGE: Age(due=lambda row, _: _with_account(row.account), born=None),
    },
)

account_sessions = sa.Table(
    "account_sessions",
    metadata,
    sa.Column("hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("account", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("stage", sa.String(10), nullable=False),
    sa.Column("device", sa.String(60), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
    sa.Column("proved_at", sa.BigInteger, nullable=False),
    sa.Column("pending", sa.LargeBinary(64), nullable=True),
    info={
        "title": {"vi": "Phiên đăng nhập", "en": "Sessions"},
        "purpose": {
            "vi": "Ai đang đăng nhập, từ loại máy nào, lần cuối lúc nào; mã phiên đã băm, không lưu địa chỉ mạng.",
            "en": "Who is signed in, from what kind of device, last seen when; its secret hashed, no network address.",
        },
        "destroyed": {
            "vi": "Khi đăng xuất, sau 30 phút không dùng, hoặc 12 giờ sau khi đăng nhập.",
            "en": "On signing out, after 30 minutes without use, or 12 hours after signing in.",
        },
        "personal": True,
        AGE: Age(due=_session_due, born=lambda row: row.created_at),
    },
)
"""`pending` is a key of codes that its owner has not confirmed yet, encrypted."""

account_invitations = sa.Table(
    "account_invitations",
    metadata,
    sa.Column("hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("login", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("unit", sa.String(20), sa.ForeignKey("units.code"), nullable=False, index=True),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("account", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=True),
    sa.Column("invited_by", sa.String(120), nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    info={
        "title": {"vi": "Lời mời", "en": "Invitations"},
        "purpose": {
            "vi": "Lời mời mở tài khoản hoặc đặt lại cách đăng nhập: cho ai, vai trò gì, ở đâu; đường dẫn đã băm.",
            "en": "Invitations to open an account or renew how one signs in: whom, which role, where; the link hashed.",
        },
        "destroyed": {
            "vi": "Khi được dùng hoặc rút lại, hoặc sau 3 ngày.",
            "en": "When used or withdrawn, or after three days.",
        },
        "personal": True,
        AGE: Age(due=lambda row, _: row.expires_at, born=lambda row: row.expires_at - INVITATION_SECONDS),
    },
)
"""`account` is set when the invitation renews how an existing account signs in; its role is empty then."""

account_challenges = sa.Table(
    "account_challenges",
    metadata,
    sa.Column("hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("account", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=True),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    info={
        "title": {"vi": "Câu hỏi cho khóa đăng nhập", "en": "Challenges for passkeys"},
        "purpose": {
            "vi": "Số ngẫu nhiên mà khóa đăng nhập phải ký, mỗi số một lần.",
            "en": "Random numbers that a passkey has to sign, each once.",
        },
        "destroyed": {"vi": "Khi dùng, hoặc sau 5 phút.", "en": "When used, or after five minutes."},
        "personal": False,
    },
)
"""`account` is set when a passkey is to be added to it, null for signing in."""

account_tries = sa.Table(
    "account_tries",
    metadata,
    sa.Column("subject", sa.LargeBinary(16), primary_key=True),
    sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("tries", sa.BigInteger, nullable=False),
    info={
        "title": {"vi": "Lần đăng nhập sai", "en": "Failed sign-ins"},
        "purpose": {
            "vi": "Đếm lần đăng nhập sai theo tài khoản và theo máy, chỉ ở dạng băm, để chặn dò mật khẩu.",
            "en": "Counts of failed sign-ins by account and by client, as hashes alone, against guessing.",
        },
        "destroyed": {"vi": "Sau 15 phút.", "en": "After 15 minutes."},
        "personal": True,
        AGE: Age(due=lambda row, _: (row.minute + WINDOW_MINUTES + 1) * 60, born=lambda row: row.minute * 60),
    },
)
