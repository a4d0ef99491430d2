"""The request tables of PROTOCOL §7: name, type, need (Y required, P required and above zero), @class of codes."""

from portal.simulator.fields import table

OPERATOR = """
    regrId C20 Y
    regrNm C60 Y
    modrId C20 Y
    modrNm C60 Y
"""
BANDS = """
    taxblAmtA N18,2 Y
    taxblAmtB N18,2 Y
    taxblAmtC N18,2 Y
    taxblAmtD N18,2 Y
    taxblAmtE N18,2 Y
    taxRtA N7,2 Y
    taxRtB N7,2 Y
    taxRtC N7,2 Y
    taxRtD N7,2 Y
    taxRtE N7,2 Y
    taxAmtA N18,2 Y
    taxAmtB N18,2 Y
    taxAmtC N18,2 Y
    taxAmtD N18,2 Y
    taxAmtE N18,2 Y
    totTaxblAmt N18,2 Y
    totTaxAmt N18,2 Y
    totAmt N18,2 Y
"""

ITEM = table(
    """
    itemCd C20 Y
    itemClsCd C10 Y
    itemTyCd C5 Y @24
    itemNm C200 Y
    itemStdNm C200 N
    orgnNatCd C5 Y @05
    pkgUnitCd C5 Y
    qtyUnitCd C5 Y @10
    taxTyCd C5 Y @04
    btchNo C10 N
    bcd C20 N
    dftPrc N18,2 Y
    grpPrcL1 N18,2 N
    grpPrcL2 N18,2 N
    grpPrcL3 N18,2 N
    grpPrcL4 N18,2 N
    grpPrcL5 N18,2 N
    addInfo C7 N
    sftyQty N13,2 N
    isrcAplcbYn C1 Y
    useYn C1 Y
"""
    + OPERATOR
)
COMPOSITION = table("""
    itemCd C20 Y
    cpstItemCd C20 Y
    cpstQty Q13,2 P
    regrId C20 Y
    regrNm C60 Y
    modrId C20 N
    modrNm C60 N
""")

SALE = table(
    """
    trdInvcNo C50 Y
    invcNo N38 Y
    orgInvcNo N38 Y
    custTin C11 N
    custNm C60 N
    rcptTyCd C5 Y @37
    pmtTyCd C5 N @07
    salesSttsCd C5 Y @11
    cfmDt D14 Y
    salesDt D8 Y
    stockRlsDt D14 N
    cnclReqDt D14 N
    cnclDt D14 N
    rfdDt D14 N
    rfdRsnCd C5 N
    totItemCnt N10 Y
    prchrAcptcYn C1 Y
    remark C400 N
"""
    + BANDS
    + OPERATOR
)
# The two doors differ in three fields (PROTOCOL §7.5).
SALE_ON_VSCU = table("salesTyCd C5 Y @14")
SALE_ON_OSCU = table("salesTyCd C5 N @14")
RECEIPT = """
    custTin C11 N
    custMblNo C20 N
    trdeNm C20 N
    adrs C200 N
    topMsg C20 N
    btmMsg C20 N
    prchrAcptcYn C1 Y
"""
RECEIPT_ON_VSCU = table(RECEIPT + "rptNo N38 Y\n rcptPbctDt D14 N")
RECEIPT_ON_OSCU = table(RECEIPT + "rptNo N38 N\n rcptPbctDt D14 Y")
SALE_LINE = table("""
    itemSeq N3 Y
    itemCd C20 Y
    itemClsCd C10 N
    itemNm C200 Y
    bcd C20 N
    pkgUnitCd C5 Y @17
    pkg N13,2 P
    qtyUnitCd C5 Y @10
    qty Q13,2 P
    prc N18,2 P
    splyAmt N18,2 P
    dcRt N5,2 Y
    dcAmt N18,2 Y
    isrccCd C10 N
    isrccNm C100 N
    isrcRt N3 N
    isrcAmt N18,2 N
    taxTyCd C5 Y @04
    taxblAmt N18,2 Y
    taxAmt N18,2 Y
    totAmt N18,2 Y
""")

MOVEMENT = table(
    """
    sarNo N38 Y
    orgSarNo N38 Y
    regTyCd C5 Y @31
    custTin C11 N
    custNm C100 N
    custBhfId C2 N
    sarTyCd C5 Y @12
    ocrnDt D8 Y
    totItemCnt N10 Y
    totTaxblAmt N18,2 Y
    totTaxAmt N18,2 Y
    totAmt N18,2 P
    remark C400 N
"""
    + OPERATOR
)
MOVEMENT_LINE = table("""
    itemSeq N3 Y
    itemCd C20 Y
    itemClsCd C10 Y
    itemNm C200 Y
    bcd C20 N
    pkgUnitCd C5 Y @17
    pkg N13,2 P
    qtyUnitCd C5 Y @10
    qty Q13,2 P
    itemExprDt D8 N
    prc N15,2 Y
    splyAmt N18,2 Y
    totDcAmt N18,2 Y
    taxTyCd C5 Y @04
    taxblAmt N18,2 Y
    taxAmt N18,2 Y
    totAmt N18,2 Y
""")
LEVEL = table(
    """
    itemCd C20 Y
    rsdQty Q13,2 Y
"""
    + OPERATOR
)

PURCHASE = table(
    """
    spplrTin C11 N
    invcNo N38 Y
    orgInvcNo N38 Y
    spplrBhfId C2 N
    spplrNm C60 N
    spplrInvcNo N38 N
    regTyCd C5 Y @31
    pchsTyCd C5 Y @14
    rcptTyCd C5 Y @38
    pmtTyCd C5 Y @07
    pchsSttsCd C5 Y @34
    cfmDt D14 N
    pchsDt D8 Y
    wrhsDt D14 N
    cnclReqDt D14 N
    cnclDt D14 N
    rfdDt D14 N
    totItemCnt N10 Y
    remark C400 N
"""
    + BANDS
    + OPERATOR
)
PURCHASE_LINE = table("""
    itemSeq N3 Y
    itemCd C20 N
    itemClsCd C10 Y
    itemNm C200 Y
    bcd C20 N
    spplrItemClsCd C10 N
    spplrItemCd C20 N
    spplrItemNm C200 N
    pkgUnitCd C5 N @17
    pkg N13,2 P
    qtyUnitCd C5 Y @10
    qty Q13,2 P
    prc N18,2 P
    splyAmt N18,2 P
    dcRt N5,2 Y
    dcAmt N18,2 Y
    taxTyCd C5 Y @04
    taxblAmt N18,2 Y
    taxAmt N18,2 Y
    totAmt N18,2 Y
    itemExprDt D8 N
""")

# dclDe is text, not a date: it comes back exactly as the look-up showed it, in whatever form (PROTOCOL §5.7).
IMPORT = table("""
    taskCd C50 Y
    dclDe C8 Y
    itemSeq N10 Y
    hsCd C17 Y
    itemClsCd C10 Y
    itemCd C20 Y
    imptItemSttsCd C5 Y @26
    remark C400 N
    modrId C20 Y
    modrNm C60 Y
""")

CUSTOMER = table(
    """
    custNo C9 Y
    custTin C11 Y
    custNm C60 Y
    adrs C300 N
    telNo C20 N
    email C50 N
    faxNo C20 N
    useYn C1 Y
    remark C1000 N
"""
    + OPERATOR
)
USER = table(
    """
    userId C20 Y
    userNm C60 Y
    pwd C255 Y
    adrs C200 N
    cntc C20 N
    authCd C100 N
    remark C2000 N
    useYn C1 Y
"""
    + OPERATOR
)
INSURER = table(
    """
    isrccCd C10 Y
    isrccNm C100 Y
    isrcRt N3 Y
    useYn C1 Y
"""
    + OPERATOR
)
