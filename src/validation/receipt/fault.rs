//! Why an answer is no receipt: each with a stable code, the clause it comes from, and a sentence in three languages.

use crate::validation::{Language, Reason};

/// What a fault means for whoever relies on the receipt (facts/ttp.md §8.3 step 2); the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// It is about something else.
    OtherDocument,
    /// It is no receipt of this third party, or says what none may say.
    Invalid,
    /// What is at hand does not tell.
    Unknown,
}

/// What can be the matter with a receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text(Language::En))]
#[non_exhaustive]
pub enum ReceiptFault {
    /// It does not read.
    Malformed,
    /// Nobody has signed it.
    Unsigned,
    /// Several have signed it.
    SeveralSigners,
    /// The message holds something else.
    ContentType,
    /// Something stands against the signature, its certificate or its path.
    Signature(Reason),
    /// The certificate that signed is not at hand.
    SignerNotFound,
    /// The certificate is not for receipts.
    KeyPurpose,
    /// The third party was not registered yet, or never.
    PartyNotRegistered,
    /// Its registration was suspended then.
    PartySuspended,
    /// Its registration had ended before.
    PartyEnded,
    /// Its registration ended later, and nothing proves that the receipt is older.
    PartyEndedSince,
    /// Its registration is void.
    PartyVoid,
    /// An extension that must be understood is not.
    Extension,
    /// It says that it was made at a time that has not come yet.
    InTheFuture,
    /// It proves its time with a token, which is not supported.
    TimeToken,
    /// The service is not one of the dialect, or not the one that was asked for.
    Service,
    /// The answer has a form that the dialect does not have.
    NotInDialect,
    /// The status is not one that tells of documents.
    StatusNotUnderstood,
    /// The dialect's word is needed where none is said.
    StatusMissing,
    /// The imprint's digest is not one of ours.
    ImprintNotSupported,
    /// The policy no longer accepts the imprint's digest, or the dialect demands another.
    ImprintNotAccepted,
    /// The imprint is that of something else.
    Imprint,
    /// It answers another request.
    Request,
    /// It does not repeat the nonce of the request.
    Nonce,
    /// It is about validity at another time than the one asked for.
    Time,
    /// An error notice names no request that could be told from others.
    NotBound,
    /// What it should be about is not at hand.
    NothingToCompare,
    /// The document of which it tells does not read, so that signers cannot be compared.
    Document,
    /// The certificates that it tells of are not those of the document's signers.
    Certificates,
    /// The status of the whole and those of the parts contradict each other.
    Statuses,
    /// It was made before the document says that it was signed.
    BeforeSigning,
}

struct Row {
    code: &'static str,
    clause: &'static str,
    kind: FaultKind,
    en: &'static str,
    ru: &'static str,
    kk: &'static str,
}

macro_rules! row {
    ($kind:ident $code:literal $clause:literal $en:literal $ru:literal $kk:literal) => {
        Row { code: $code, clause: $clause, kind: FaultKind::$kind, en: $en, ru: $ru, kk: $kk }
    };
}

impl ReceiptFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.row().code
    }

    /// The document and clause it comes from.
    pub fn clause(&self) -> &'static str {
        match self {
            Self::Signature(reason) => reason.code.clause(),
            _ => self.row().clause,
        }
    }

    /// What it means for whoever relies on the receipt.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Signature(reason) if reason.code.finding() == crate::validation::SubIndication::TryLater => {
                FaultKind::Unknown
            }
            _ => self.row().kind,
        }
    }

    /// The sentence for a reader.
    pub fn text(&self, language: Language) -> String {
        let row = self.row();
        let text = match language {
            Language::Kk => row.kk,
            Language::Ru => row.ru,
            Language::En => row.en,
        };
        match self {
            Self::Signature(reason) => format!("{text}: {} ({})", reason.text(language), reason.code.name()),
            _ => text.to_owned(),
        }
    }

    fn row(&self) -> Row {
        self.row_of_the_message().unwrap_or_else(|| self.row_of_the_content())
    }

    /// Faults of the signature and of whoever made it.
    fn row_of_the_message(&self) -> Option<Row> {
        Some(match self {
            Self::Malformed => row!(Invalid "RECEIPT_MALFORMED" "RFC 3029 §9.1"
                "the answer does not read" "ответ не читается" "жауап оқылмайды"),
            Self::Unsigned => row!(Invalid "RECEIPT_UNSIGNED" "RFC 3029 §9.1"
                "the answer is not signed" "ответ не подписан" "жауапқа қол қойылмаған"),
            Self::SeveralSigners => row!(Invalid "RECEIPT_SEVERAL_SIGNERS" "RFC 3029 §9.1"
                "the answer has more than one signer" "у ответа больше одного подписанта" "жауапта бірнеше қол қоюшы бар"),
            Self::ContentType => row!(Invalid "RECEIPT_CONTENT_TYPE" "RFC 3029 §9.1"
                "the signed message is no DVCS response" "подписанное сообщение не является ответом DVCS"
                "қол қойылған хабар DVCS жауабы емес"),
            Self::Signature(_) => row!(Invalid "RECEIPT_SIGNATURE" "RFC 3029 §9.1"
                "the third party's signature does not hold" "подпись третьей стороны не подтверждена"
                "үшінші тараптың қолтаңбасы расталмады"),
            Self::SignerNotFound => row!(Unknown "RECEIPT_SIGNER_NOT_FOUND" "RFC 3029 §9.1"
                "the certificate that signed the answer is not at hand" "нет сертификата, которым подписан ответ"
                "жауапқа қол қойған сертификат жоқ"),
            Self::KeyPurpose => row!(Invalid "RECEIPT_KEY_PURPOSE" "RFC 3029 §4"
                "the certificate is not one for receipts (extended key usage id-kp-dvcs)"
                "сертификат не предназначен для квитанций (id-kp-dvcs)"
                "сертификат түбіртектерге арналмаған (id-kp-dvcs)"),
            Self::PartyNotRegistered => row!(Invalid "TTP_NOT_REGISTERED" "547/НҚ п. 6"
                "the third party was not registered at the time of the receipt"
                "третья сторона не была зарегистрирована на момент квитанции"
                "түбіртек кезінде үшінші тарап тіркелмеген"),
            Self::PartySuspended => row!(Unknown "TTP_SUSPENDED" "547/НҚ п. 6"
                "the registration of the third party was suspended at the time of the receipt"
                "регистрация третьей стороны была приостановлена на момент квитанции"
                "түбіртек кезінде үшінші тараптың тіркелуі тоқтатыла тұрған"),
            Self::PartyEnded => row!(Invalid "TTP_TERMINATED_BEFORE" "547/НҚ п. 6"
                "the registration of the third party had ended before the receipt"
                "регистрация третьей стороны прекращена до квитанции"
                "үшінші тараптың тіркелуі түбіртекке дейін тоқтатылған"),
            Self::PartyEndedSince => row!(Unknown "TTP_TERMINATED_SINCE" "547/НҚ п. 6"
                "the registration of the third party has ended since, and nothing proves that the receipt is older"
                "регистрация третьей стороны с тех пор прекращена, и ничто не доказывает, что квитанция старше"
                "үшінші тараптың тіркелуі содан бері тоқтатылған, түбіртектің ескірек екеніне дәлел жоқ"),
            Self::PartyVoid => row!(Invalid "TTP_VOID" "547/НҚ п. 6"
                "the registration of the third party is void" "регистрация третьей стороны недействительна"
                "үшінші тараптың тіркелуі жарамсыз"),
            _ => return None,
        })
    }

    /// Faults of what is said, and of what it is about.
    fn row_of_the_content(&self) -> Row {
        self.row_of_the_statement().unwrap_or(match self {
            Self::Request => row!(OtherDocument "RECEIPT_OTHER_REQUEST" "RFC 3029 §9.1"
                "the answer repeats another request" "ответ повторяет другой запрос" "жауап басқа сұратуды қайталайды"),
            Self::Nonce => row!(OtherDocument "RECEIPT_OTHER_NONCE" "RFC 3029 §9.1"
                "the answer does not repeat the nonce of the request" "ответ не повторяет nonce запроса"
                "жауап сұратудың nonce мәнін қайталамайды"),
            Self::Time => row!(OtherDocument "RECEIPT_OTHER_TIME" "RFC 3029 §7.3"
                "the receipt is about validity at another time than the one asked for"
                "квитанция говорит о действительности на другое время" "түбіртек басқа уақыттағы жарамдылық туралы"),
            Self::NotBound => row!(Unknown "RECEIPT_NOT_BOUND" "RFC 3029 §9.1"
                "the error notice cannot be told to be about this document"
                "нельзя установить, что сообщение об ошибке относится к этому документу"
                "қате туралы хабардың осы құжатқа қатысты екені белгісіз"),
            Self::NothingToCompare => row!(Unknown "RECEIPT_DOCUMENT_MISSING" "547/НҚ п. 16"
                "the document is not at hand, so that nobody can tell whether the receipt is about it"
                "документа нет, поэтому нельзя сказать, о нём ли квитанция"
                "құжат жоқ, сондықтан түбіртектің ол туралы екенін айту мүмкін емес"),
            Self::Document => row!(Unknown "RECEIPT_DOCUMENT_UNREADABLE" "RFC 3029 §9.2"
                "the document does not read, so that its signers cannot be compared with those of the receipt"
                "документ не читается, сравнить подписантов с квитанцией нельзя"
                "құжат оқылмайды, қол қоюшыларды түбіртекпен салыстыру мүмкін емес"),
            Self::Certificates => row!(OtherDocument "RECEIPT_OTHER_SIGNERS" "RFC 3029 §9.2"
                "the receipt tells of other certificates than those of the document's signers"
                "квитанция говорит о других сертификатах, чем у подписантов документа"
                "түбіртектегі сертификаттар құжатқа қол қоюшылардікі емес"),
            Self::Statuses => row!(Invalid "RECEIPT_STATUSES_DISAGREE" "RFC 3029 §9.2"
                "the status of the receipt and those of its signatures contradict each other"
                "статус квитанции противоречит статусам подписей" "түбіртек мәртебесі қолтаңбалар мәртебесіне қайшы"),
            Self::BeforeSigning => row!(Invalid "RECEIPT_BEFORE_SIGNING" "RFC 3029 §9.1"
                "the receipt was made before the document says that it was signed"
                "квитанция выдана раньше заявленного времени подписания" "түбіртек қол қою уақытынан бұрын берілген"),
            _ => row!(OtherDocument "RECEIPT_OTHER_DOCUMENT" "RFC 3029 §9.1"
                "the imprint in the receipt is that of another document" "отпечаток в квитанции принадлежит другому документу"
                "түбіртектегі таңба басқа құжаттікі"),
        })
    }

    fn row_of_the_statement(&self) -> Option<Row> {
        Some(match self {
            Self::Extension => row!(Unknown "RECEIPT_EXTENSION" "RFC 3029 §9.1"
                "a critical extension of the answer is not understood" "критическое расширение ответа непонятно"
                "жауаптың маңызды кеңейтілімі түсініксіз"),
            Self::InTheFuture => row!(Invalid "RECEIPT_IN_THE_FUTURE" "RFC 3029 §9.1"
                "the answer is dated in the future" "ответ датирован будущим" "жауап болашақ уақытпен белгіленген"),
            Self::TimeToken => row!(Unknown "RECEIPT_TIME_TOKEN" "RFC 3029 §9.1"
                "the answer proves its time with a time-stamp token, which is not supported"
                "время ответа задано меткой времени, что не поддерживается"
                "жауап уақыты уақыт белгісімен берілген, бұған қолдау жоқ"),
            Self::Service => row!(OtherDocument "RECEIPT_OTHER_SERVICE" "RFC 3029 §9.1"
                "the answer is one of another service" "ответ другой службы" "жауап басқа қызметтікі"),
            Self::NotInDialect => row!(Invalid "RECEIPT_NOT_IN_DIALECT" "facts/ttp.md §1.5"
                "the answer has a form that this third party's profile does not have"
                "форма ответа не предусмотрена профилем этой стороны" "жауап пішіні бұл тараптың профилінде жоқ"),
            Self::StatusNotUnderstood => row!(Unknown "RECEIPT_STATUS_NOT_UNDERSTOOD" "RFC 3029 §9.2"
                "the status is none that tells of signatures" "статус не говорит о подписях" "мәртебе қолтаңбалар туралы емес"),
            Self::StatusMissing => row!(Unknown "RECEIPT_STATUS_MISSING" "RFC 3029 §9.1"
                "the answer states no status, and this third party's profile does not take that for success"
                "статуса нет, а профиль этой стороны не считает это успехом"
                "мәртебе жоқ, профиль бойынша бұл сәттілік емес"),
            Self::ImprintNotSupported => row!(Unknown "RECEIPT_IMPRINT_NOT_SUPPORTED" "RFC 3029 §9.1"
                "the digest of the imprint is not supported" "хеш отпечатка не поддерживается" "таңба хэшіне қолдау жоқ"),
            Self::ImprintNotAccepted => row!(Unknown "RECEIPT_IMPRINT_NOT_ACCEPTED" "RFC 3029 §9.1"
                "the digest of the imprint is not acceptable" "хеш отпечатка недопустим" "таңба хэші қабылданбайды"),
            _ => return None,
        })
    }
}
