"""Made-up but steady taxpayers: any well-formed PIN has a name, three endings of a PIN mean something.

``…0Z`` is unknown to KRA (001, and no device can be installed), ``…0N`` is not registered for VAT, ``…0D`` is inactive.
"""

from hashlib import sha256

COUNTIES = (
    ("NAIROBI", "WESTLANDS"), ("NAIROBI", "STAREHE"), ("MOMBASA", "MVITA"), ("KISUMU", "KISUMU CENTRAL"),
    ("NAKURU", "NAKURU TOWN EAST"), ("UASIN GISHU", "AINABKOI"), ("KIAMBU", "THIKA TOWN"), ("MACHAKOS", "MAVOKO"),
    ("NYERI", "NYERI TOWN"), ("KAKAMEGA", "LURAMBI"), ("MERU", "IMENTI NORTH"), ("KILIFI", "MALINDI"),
)  # fmt: skip
FIRST = ("BARAKA", "UMOJA", "SAVANNAH", "MALAIKA", "JAMBO", "TUMAINI", "RAFIKI", "UPENDO", "NEEMA", "AMANI", "SIMBA",
         "ACACIA", "MARIDADI", "PAMOJA", "HEKIMA", "IMARA")  # fmt: skip
TRADE = ("HARDWARE", "SUPERMARKETS", "ENTERPRISES", "PHARMACY", "ELECTRONICS", "BAKERS", "TRANSPORTERS", "STATIONERS",
         "AGROVET", "TEXTILES", "MOTORS", "CATERERS")  # fmt: skip
GIVEN = ("GRACE", "JOHN", "FAITH", "PETER", "MERCY", "SAMUEL", "ESTHER", "DAVID", "AISHA", "HASSAN", "JANE", "KEVIN")
FAMILY = ("WANJIKU", "OTIENO", "MUTUA", "CHEBET", "KAMAU", "ACHIENG", "KIPRONO", "MWANGI", "NJERI", "BARASA", "OMAR",
          "WAFULA")  # fmt: skip


def is_known(pin: str) -> bool:
    """Whether KRA has a taxpayer with this PIN."""
    return not pin.endswith("0Z")


def is_registered_for_vat(pin: str) -> bool:
    """Whether this taxpayer is registered for VAT."""
    return not pin.endswith("0N")


def is_active(pin: str) -> bool:
    """Whether this taxpayer's status is A (class 15)."""
    return not pin.endswith("0D")


def taxpayer_name(pin: str) -> str:
    """The name of a taxpayer: a person for a PIN with A, a company otherwise."""
    digest = sha256(pin.encode()).digest()
    if pin.startswith("A"):
        return f"{GIVEN[digest[0] % len(GIVEN)]} {FAMILY[digest[1] % len(FAMILY)]}"
    return f"{FIRST[digest[0] % len(FIRST)]} {TRADE[digest[1] % len(TRADE)]} LTD"


def place(pin: str, branch: str = "00") -> dict[str, str | None]:
    """County, sub-county and locality of a taxpayer or branch."""
    county, sub_county = COUNTIES[sha256((pin + branch).encode()).digest()[2] % len(COUNTIES)]
    return {"prvncNm": county, "dstrtNm": sub_county, "sctrNm": sub_county, "locDesc": None}


def branch_particulars(pin: str, branch: str) -> dict[str, str | None]:
    """What KRA knows of a branch and its manager."""
    digest = sha256((pin + branch).encode()).digest()
    return {
        "bhfId": branch,
        "bhfNm": "Headquarter" if branch == "00" else f"Branch {branch}",
        **place(pin, branch),
        "hqYn": "Y" if branch == "00" else "N",
        "mgrNm": f"{GIVEN[digest[3] % len(GIVEN)]} {FAMILY[digest[4] % len(FAMILY)]}".title(),
        "mgrTelNo": f"07{int.from_bytes(digest[5:9], 'big') % 100_000_000:08}",
        "mgrEmail": f"{pin.lower()}@example.test",
    }
