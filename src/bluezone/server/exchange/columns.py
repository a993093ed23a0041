"""What lists are brought in, and how their columns are called in districts' workbooks, in Vietnamese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bluezone.server.language import N_
from bluezone.sheets import Column


class ListKind(StrEnum):
    """What a list holds."""

    CASES = "cases"
    CONTACTS = "contacts"
    FOLLOW_UPS = "followups"


_SEX = {"m": ("Nam", "Male", "M", "Trai", "1"), "f": ("Nữ", "Female", "F", "Gái", "2", "0")}
_LEVEL = {
    "0": ("F0", "Ca bệnh", "Ca mắc", "Dương tính", "BN"),
    "1": ("F1", "Tiếp xúc gần", "Tiếp xúc vòng 1"),
    "2": ("F2", "Tiếp xúc vòng 2"),
    "3": ("F3", "F4", "F5", "Tiếp xúc vòng 3"),
}
_STATUS = {
    "confirmed": (
        "Dương tính",
        "Khẳng định",
        "Xác định",
        "Xác định bằng xét nghiệm",
        "Confirmed by a test",
        "Đã khẳng định",
        "Positive",
        "Confirmed",
        "+",
    ),
    "clinical": (
        "Lâm sàng",
        "Có triệu chứng",
        "Likely",
        "Có thể mắc, theo triệu chứng",
        "Likely, by symptoms",
        "Clinical",
        "Probable",
    ),
    "suspected": (
        "Nghi ngờ",
        "Nghi ngờ, chờ kết quả",
        "Suspected, result awaited",
        "Nghi mắc",
        "Chờ kết quả",
        "Suspected",
        "Pending",
    ),
    "discarded": (
        "Âm tính",
        "Loại trừ",
        "Không phải ca bệnh",
        "Not a case after all",
        "Negative",
        "Not a case",
        "Discarded",
        "-",
    ),
}
_CLOSENESS = {
    "household": ("Cùng nhà", "Cùng hộ", "Sống cùng nhà", "Gia đình", "Same household", "Household"),
    "close": (
        "Gần",
        "Tiếp xúc gần",
        "Dưới 2 m từ 15 phút",
        "Dưới 2 m, từ 15 phút",
        "Close",
        "Within 2 m, 15 minutes or more",
    ),
    "near": ("Dưới 2 m dưới 15 phút", "Dưới 2 m, ngắn hơn", "Thoáng gần", "Near", "Within 2 m, shorter"),
    "passing": (
        "Cùng nơi",
        "Thoáng qua",
        "Cùng địa điểm",
        "Cùng nơi, cách xa hơn 2 m",
        "Passing",
        "In the same place, further away",
    ),
}
_ORIGIN = {
    "interview": ("Khai thác", "Phỏng vấn", "Điều tra", "Bệnh nhân khai", "Interview"),
    "home": ("Đến nhà", "Tại nhà", "Hộ gia đình", "Visit at home", "Home"),
    "landmark": ("Mốc dịch tễ", "Địa điểm", "Landmark"),
    "media": (
        "Thông báo",
        "Thông báo trên đài, báo",
        "Truyền thông",
        "Tự khai báo",
        "Khai báo y tế",
        "Media",
        "Call in the media",
    ),
    "bluezone": ("Bluezone",),
    "gate_book": ("Sổ ra vào", "Sổ trực", "Gate book"),
}
_RESULT = {
    "seen": ("Đã gặp", "Gặp, khỏe", "Seen, well", "Bình thường", "Khỏe", "Ổn định", "Seen", "Well"),
    "no_answer": ("Không liên lạc được", "Không gặp", "Không nghe máy", "Không trả lời", "No reply", "No answer"),
    "symptoms": ("Có triệu chứng", "Sốt", "Ho", "Unwell", "Symptoms"),
    "tested": ("Đã lấy mẫu", "Đã xét nghiệm", "Test taken", "Tested"),
    "handed_over": ("Đã chuyển", "Bàn giao", "Đã bàn giao", "Chuyển cách ly", "Handed over"),
    "lost": ("Mất dấu", "Mất liên lạc", "Lost"),
    "done": ("Hoàn thành", "Hết theo dõi", "Kết thúc", "Xong", "Done", "Completed"),
}

_PERSON = (
    Column("name", ("Họ và tên", "Họ tên", "Tên", "Họ và tên người tiếp xúc", "Họ tên người tiếp xúc",
           "Họ và tên bệnh nhân", "Họ tên bệnh nhân", "Full name", "Name", "Patient", "Contact name"),
           required=True, longest=120),
    Column("birth_year", ("Năm sinh", "Ngày sinh", "Ngày tháng năm sinh", "Ngày, tháng, năm sinh", "NS",
           "Year of birth", "Birth year", "Date of birth", "Born"), "year"),
    Column("age", ("Tuổi", "Age"), "number"),
    Column("male", ("Nam", "Male"), longest=20),
    Column("female", ("Nữ", "Female"), longest=20),
    Column("sex", ("Giới tính", "Giới", "Nam/Nữ", "GT", "Sex", "Gender"), "choice", choices=_SEX),
    Column("phone", ("Số điện thoại", "SĐT", "Điện thoại", "ĐT", "Số ĐT", "Điện thoại liên hệ", "Số điện thoại liên hệ",
           "Phone", "Telephone", "Phone number", "Mobile"), "phone"),
    Column("commune", ("Xã/phường", "Xã, phường", "Xã phường", "Xã/phường/thị trấn", "Xã, phường, thị trấn", "Xã",
           "Phường", "Phường/xã", "Commune", "Ward", "Commune where they live"), longest=120),
    Column("district", ("Quận/huyện", "Huyện", "Huyện/thành phố", "Huyện/thị xã/thành phố", "Quận huyện", "District"),
           longest=120),
    Column("province", ("Tỉnh", "Tỉnh/thành phố", "Tỉnh, thành phố", "Tỉnh/TP", "Province"), longest=120),
    Column("address", ("Địa chỉ", "Nơi ở", "Chỗ ở", "Chỗ ở hiện nay", "Nơi ở hiện nay", "Địa chỉ nơi ở", "Nơi cư trú",
           "Địa chỉ cư trú", "Thôn", "Thôn/xóm", "Số nhà, thôn/tổ", "Address", "Address in the commune",
           "Địa chỉ trong xã, phường"), longest=300),
    Column("work", ("Nơi làm việc", "Nghề nghiệp", "Cơ quan", "Nghề nghiệp, nơi làm việc", "Nơi làm việc/học tập",
           "Trường, lớp", "Work", "Occupation", "Place of work or school", "Nơi làm việc, trường học"), longest=200),
    Column("note", ("Ghi chú", "Note", "Notes", "Remarks"), longest=2000),
    Column("level", ("Loại", "Loại (F1/F2)", "Phân loại", "Loại F", "F", "Mức", "Đối tượng", "Level", "Type"),
           "choice", choices=_LEVEL),
)  # fmt: skip

_CASE = (
    Column("reference", ("Mã bệnh nhân", "Mã BN", "BN", "Mã số bệnh nhân", "Mã ca bệnh", "Mã ca", "Số BN",
           "Case number", "Case number of the ministry", "Số bệnh nhân của Bộ Y tế", "Case ID"), longest=40),
    Column("status", ("Tình trạng", "Kết quả", "Kết quả xét nghiệm", "KQXN", "Trạng thái", "Status", "Test result"),
           "choice", choices=_STATUS),
    Column("onset", ("Ngày khởi phát", "Khởi phát", "Ngày có triệu chứng", "Onset", "Date of onset"), "date"),
    Column("test_date", ("Ngày lấy mẫu", "Ngày xét nghiệm", "Ngày XN", "Sample taken", "Lấy mẫu", "Date of sample"),
           "date"),
    Column("isolated_on", ("Ngày cách ly", "Ngày vào viện", "Ngày nhập viện", "Isolated since", "Cách ly từ",
           "Isolated"), "date"),
)  # fmt: skip

_CONTACT = (
    Column("source", ("Tiếp xúc với", "Tiếp xúc với ca bệnh", "Tiếp xúc với F0", "Tiếp xúc với BN", "Nguồn tiếp xúc",
           "Tiếp xúc với ai", "Người tiếp xúc nguồn", "Liên quan ca bệnh", "Contact of", "Source"),
           required=True, longest=160),
    Column("first_day", ("Ngày tiếp xúc đầu", "Ngày tiếp xúc đầu tiên", "Tiếp xúc từ ngày", "First day together",
           "Ngày gặp đầu tiên",
           "First contact"), "date"),
    Column("last_day", ("Ngày tiếp xúc cuối", "Ngày tiếp xúc cuối cùng", "Ngày tiếp xúc gần nhất", "Ngày tiếp xúc",
           "Ngày TX cuối", "Ngày TX", "Last day together", "Ngày gặp cuối", "Last contact", "Date of last contact"),
           "date",
           required=True),
    Column("place", ("Nơi tiếp xúc", "Địa điểm tiếp xúc", "Hoàn cảnh tiếp xúc", "Place", "Nơi", "Place of contact"),
           longest=200),
    Column("closeness", ("Mức độ tiếp xúc", "Mức độ", "Hình thức tiếp xúc", "Closeness", "How close", "Mức độ gần"),
           "choice",
           choices=_CLOSENESS),
    Column("origin", ("Nguồn thông tin", "Biết qua", "Known from", "Biết được từ", "Origin"),
           "choice", choices=_ORIGIN),
)  # fmt: skip

_FOLLOW_UP = (
    Column("day", ("Ngày", "Ngày theo dõi", "Day", "Date"), "date", required=True),
    Column("result", ("Kết quả", "Kết quả theo dõi", "Tình trạng", "Result"), "choice", required=True, choices=_RESULT),
    Column("temperature", ("Nhiệt độ", "Thân nhiệt", "Temperature"), "number"),
)  # fmt: skip

COLUMNS: Mapping[ListKind, tuple[Column, ...]] = {
    ListKind.CASES: _PERSON + _CASE,
    ListKind.CONTACTS: _PERSON + _CONTACT,
    ListKind.FOLLOW_UPS: tuple(one for one in _PERSON if one.key != "level") + _FOLLOW_UP,
}

TITLES: Mapping[str, str] = {
    "name": N_("Full name"),
    "birth_year": N_("Year of birth"),
    "age": N_("Age"),
    "male": N_("Male"),
    "female": N_("Female"),
    "sex": N_("Sex"),
    "phone": N_("Telephone"),
    "commune": N_("Commune"),
    "unit": N_("Commune"),
    "district": N_("District"),
    "province": N_("Province"),
    "address": N_("Address in the commune"),
    "work": N_("Place of work or school"),
    "note": N_("Note"),
    "level": N_("Level"),
    "reference": N_("Case number of the ministry"),
    "status": N_("Status"),
    "onset": N_("Onset"),
    "test_date": N_("Sample taken"),
    "isolated_on": N_("Isolated since"),
    "source": N_("Contact of"),
    "first_day": N_("First day together"),
    "last_day": N_("Last day together"),
    "place": N_("Place"),
    "closeness": N_("How close"),
    "origin": N_("Known from"),
    "day": N_("Day"),
    "result": N_("Result"),
    "temperature": N_("Temperature"),
}
"""What the pages call a column."""
