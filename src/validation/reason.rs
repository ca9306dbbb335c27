//! Reasons: each with a stable code, the clause it comes from, the finding it leads to, and a sentence in three languages.

use crate::time::Timestamp;

use super::verdict::SubIndication;

/// A language that reports are told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    /// Kazakh.
    Kk,
    /// Russian.
    Ru,
    /// English.
    #[default]
    En,
}

impl Language {
    /// ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Self::Kk => "kk",
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The language of this code.
    pub fn of_code(code: &str) -> Option<Self> {
        [Self::Kk, Self::Ru, Self::En].into_iter().find(|language| language.code() == code)
    }
}

/// One reason, about something, at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What is the matter.
    pub code: Code,
    /// With what: a certificate's subject, an algorithm, an OID.
    pub about: Option<String>,
    /// The instant that matters: an expiry, a revocation, a due date.
    pub when: Option<Timestamp>,
}

impl Reason {
    /// A reason that needs no more words.
    pub fn plain(code: Code) -> Self {
        Self { code, about: None, when: None }
    }

    /// A reason about something.
    pub fn about(code: Code, about: impl std::fmt::Display) -> Self {
        Self { code, about: Some(format!("{about}")), when: None }
    }

    /// The same with the instant that matters.
    #[must_use]
    pub fn at(mut self, when: Timestamp) -> Self {
        self.when = Some(when);
        self
    }

    /// The sentence for a reader, with what it is about and when.
    pub fn text(&self, language: Language) -> String {
        let row = self.code.row();
        let mut text = match language {
            Language::Kk => row.kk,
            Language::Ru => row.ru,
            Language::En => row.en,
        }
        .to_owned();
        if let Some(about) = &self.about {
            text.push_str(": ");
            text.push_str(about);
        }
        if let Some(when) = self.when {
            text.push_str(&format!(" ({when})"));
        }
        text
    }
}

struct Row {
    code: Code,
    name: &'static str,
    finding: SubIndication,
    clause: &'static str,
    en: &'static str,
    ru: &'static str,
    kk: &'static str,
}

impl Code {
    /// The stable code.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The finding it leads to.
    pub fn finding(self) -> SubIndication {
        self.row().finding
    }

    /// Whether it tells of an address that may be asked again.
    pub fn is_about_upstream(self) -> bool {
        matches!(self, Self::UpstreamUnavailable | Self::UpstreamSettledNothing | Self::FetchBudgetSpent)
    }

    /// The document and clause it comes from.
    pub fn clause(self) -> &'static str {
        self.row().clause
    }

    /// Every code.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.code)
    }

    fn row(self) -> &'static Row {
        // INVARIANT: the macro writes one row for each variant.
        #[expect(clippy::expect_used, reason = "every variant has a row")]
        TABLE.iter().find(|row| row.code == self).expect("every code has a row")
    }
}

macro_rules! reasons {
    ($($variant:ident $name:literal $finding:ident $clause:literal
        en $en:literal ru $ru:literal kk $kk:literal;)*) => {
        /// What can be the matter with a signature.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $en] $variant,)* }

        const TABLE: &[Row] = &[$(Row {
            code: Code::$variant, name: $name, finding: SubIndication::$finding, clause: $clause,
            en: $en, ru: $ru, kk: $kk,
        },)*];
    };
}

reasons! {
    AttributeMissing "ATTRIBUTE_MISSING" FormatFailure "RFC 5652 §5.3, §11"
        en "a signed attribute that must be there is missing"
        ru "отсутствует обязательный подписанный атрибут"
        kk "міндетті қол қойылған атрибут жоқ";
    AttributeMalformed "ATTRIBUTE_MALFORMED" FormatFailure "RFC 5652 §11"
        en "a signed attribute stands twice or does not read"
        ru "подписанный атрибут повторяется или не читается"
        kk "қол қойылған атрибут қайталанады немесе оқылмайды";
    ContentTypeMismatch "CONTENT_TYPE_MISMATCH" FormatFailure "RFC 5652 §11.1"
        en "the signed content type is not the type of the content"
        ru "подписанный тип содержимого не совпадает с типом содержимого"
        kk "қол қойылған мазмұн түрі мазмұнның түріне сәйкес келмейді";
    AlgorithmsContradicted "ALGORITHMS_CONTRADICTED" FormatFailure "RFC 6211 §4.1"
        en "the algorithms that the signer signed are not those that the message names"
        ru "алгоритмы, подписанные подписавшим, не совпадают с указанными в сообщении"
        kk "қол қоюшы қол қойған алгоритмдер хабарламада көрсетілгендерге сәйкес емес";
    ContentDigestMismatch "CONTENT_DIGEST_MISMATCH" HashFailure "RFC 5652 §5.6; EN 319 102-1 §5.2.7"
        en "the content is not what was signed: its digest differs"
        ru "содержимое отличается от подписанного: не совпадает хеш"
        kk "мазмұн қол қойылған мазмұннан өзгеше: хеш сәйкес емес";
    ContentContradicted "CONTENT_CONTRADICTED" HashFailure "RFC 5652 §5.2"
        en "the file given beside the message is not the content inside it"
        ru "приложенный файл не совпадает с содержимым внутри подписи"
        kk "қоса берілген файл қолтаңба ішіндегі мазмұнға сәйкес емес";
    SignatureInvalid "SIGNATURE_INVALID" SigCryptoFailure "EN 319 102-1 §5.2.7"
        en "the signature value does not hold under the signer's key"
        ru "значение подписи не подтверждается ключом подписавшего"
        kk "қолтаңба мәні қол қоюшының кілтімен расталмайды";
    ContentMissing "CONTENT_MISSING" SignedDataNotFound "EN 319 102-1 §5.2.7"
        en "the signature is detached and the signed content was not given"
        ru "подпись отсоединённая, подписанное содержимое не передано"
        kk "қолтаңба бөлек, қол қойылған мазмұн берілмеген";
    SigningCertificateNotFound "SIGNING_CERTIFICATE_NOT_FOUND" NoSigningCertificateFound "EN 319 102-1 §5.2.3"
        en "the signer's certificate is not at hand"
        ru "сертификат подписавшего не найден"
        kk "қол қоюшының сертификаты табылмады";
    SigningCertificateMismatch "SIGNING_CERTIFICATE_MISMATCH" NoSigningCertificateFound "RFC 5035 §5.4; EN 319 102-1 §5.2.3"
        en "the signed reference to the signer's certificate names another certificate"
        ru "подписанная ссылка на сертификат указывает на другой сертификат"
        kk "сертификатқа қол қойылған сілтеме басқа сертификатты көрсетеді";
    SignerAmbiguous "SIGNER_AMBIGUOUS" NoSigningCertificateFound "EN 319 102-1 §5.2.3"
        en "several good certificates hold the key, and no signed reference says which of them is meant"
        ru "несколько действительных сертификатов содержат этот ключ, подписанной ссылки на один из них нет"
        kk "бұл кілт бірнеше жарамды сертификатта бар, қайсысы екенін көрсететін қол қойылған сілтеме жоқ";
    SignedAttributesMissing "SIGNED_ATTRIBUTES_MISSING" SigConstraintsFailure "ETSI EN 319 122-1 §5.1; RFC 5652 §5.3"
        en "the policy demands signed attributes, and the signature has none"
        ru "политика требует подписанных атрибутов, а в подписи их нет"
        kk "саясат қол қойылған атрибуттарды талап етеді, ал қолтаңбада олар жоқ";
    AlgorithmNotSupported "ALGORITHM_NOT_SUPPORTED" SigConstraintsFailure "EN 319 102-1 §5.2.8"
        en "the algorithm is not supported"
        ru "алгоритм не поддерживается"
        kk "алгоритмге қолдау көрсетілмейді";
    KeyNotUsable "KEY_NOT_USABLE" SigConstraintsFailure "RFC 5280 §4.1.2.7"
        en "the signer's public key cannot be used"
        ru "открытый ключ подписавшего непригоден"
        kk "қол қоюшының ашық кілті жарамсыз";
    CertificateMalformed "CERTIFICATE_MALFORMED" NoSigningCertificateFound "RFC 5280 §4.1"
        en "a certificate that came along does not read"
        ru "приложенный сертификат не читается"
        kk "қоса берілген сертификат оқылмайды";
    AlgorithmNotAccepted "ALGORITHM_NOT_ACCEPTED" CryptoConstraintsFailureNoPoe "EN 319 102-1 §5.2.8"
        en "the policy does not accept the algorithm, or no longer accepted it at the proven time"
        ru "политика не допускает алгоритм или уже не допускала его на подтверждённое время"
        kk "саясат алгоритмге жол бермейді немесе расталған уақытта рұқсат етпеген";
    KeyTooShort "KEY_TOO_SHORT" CryptoConstraintsFailureNoPoe "EN 319 102-1 §5.2.8"
        en "the key is shorter than the policy accepts"
        ru "ключ короче допустимого политикой"
        kk "кілт саясат рұқсат еткен ұзындықтан қысқа";
    NoNonRepudiation "NO_NON_REPUDIATION" ChainConstraintsFailure "RFC 5280 §4.2.1.3; order 500 п.16"
        en "the certificate's key usage does not allow signing documents (nonRepudiation)"
        ru "назначение ключа не допускает подписание документов (неотрекаемость)"
        kk "кілттің мақсаты құжаттарға қол қоюға рұқсат бермейді";
    DevicePurpose "DEVICE_PURPOSE" ChainConstraintsFailure "RFC 5280 §4.2.1.12"
        en "the certificate is for a service only (time stamping, OCSP, TLS), never for documents"
        ru "сертификат предназначен только для службы (метки времени, OCSP, TLS)"
        kk "сертификат тек қызметке арналған (уақыт белгісі, OCSP, TLS)";
    PurposeNotNamed "PURPOSE_NOT_NAMED" ChainConstraintsFailure "RFC 5280 §4.2.1.12"
        en "the certificate names what it may be used for, and this use is not among it"
        ru "в сертификате названы допустимые назначения, требуемого среди них нет"
        kk "сертификатта рұқсат етілген мақсаттар көрсетілген, талап етілгені олардың арасында жоқ";
    IssuerNotFound "ISSUER_NOT_FOUND" NoCertificateChainFound "RFC 5280 §6.1.1 (d)"
        en "no trust anchor is reached: the issuer's certificate is not at hand, for"
        ru "цепочка не доходит до доверенного центра: нет сертификата издателя для"
        kk "тізбек сенімді орталыққа жетпейді: мынаның шығарушысының сертификаты жоқ";
    IssuerSignatureInvalid "ISSUER_SIGNATURE_INVALID" NoCertificateChainFound "RFC 5280 §6.1.3 (a)(1)"
        en "the certificate is not signed by the issuer it names"
        ru "сертификат не подписан указанным в нём издателем"
        kk "сертификатқа онда көрсетілген шығарушы қол қоймаған";
    IssuerSignatureUnsupported "ISSUER_SIGNATURE_UNSUPPORTED" NoCertificateChainFound "RFC 5280 §6.1.3 (a)(1)"
        en "the issuer's signature on the certificate uses an algorithm that is not supported"
        ru "подпись издателя на сертификате использует неподдерживаемый алгоритм"
        kk "шығарушының қолтаңбасы қолдау көрсетілмейтін алгоритмді пайдаланады";
    SearchBudgetSpent "SEARCH_BUDGET_SPENT" NoCertificateChainFound "limit PATH_EDGES_MAX"
        en "the search for a path was given up at its bound"
        ru "поиск цепочки прекращён по достижении предела"
        kk "тізбекті іздеу шегіне жетіп тоқтатылды";
    NotACa "NOT_A_CA" CertificateChainGeneralFailure "RFC 5280 §6.1.4 (k)"
        en "a certificate in the path signs others but is no certification authority"
        ru "сертификат в цепочке подписывает другие, не будучи удостоверяющим центром"
        kk "тізбектегі сертификат куәландырушы орталық болмаса да басқаларға қол қояды";
    PathLengthExceeded "PATH_LENGTH_EXCEEDED" CertificateChainGeneralFailure "RFC 5280 §6.1.4 (l), (m)"
        en "the path is longer than a certificate in it allows"
        ru "цепочка длиннее, чем допускает сертификат в ней"
        kk "тізбек ондағы сертификат рұқсат еткеннен ұзын";
    MayNotSignCertificates "MAY_NOT_SIGN_CERTIFICATES" CertificateChainGeneralFailure "RFC 5280 §6.1.4 (n)"
        en "a key in the path may not sign certificates (keyCertSign)"
        ru "ключ в цепочке не может подписывать сертификаты (keyCertSign)"
        kk "тізбектегі кілт сертификаттарға қол қоя алмайды (keyCertSign)";
    UnknownCriticalExtension "UNKNOWN_CRITICAL_EXTENSION" CertificateChainGeneralFailure "RFC 5280 §6.1.4 (o), §6.1.5 (f)"
        en "a critical extension that is not understood"
        ru "непонятное критическое расширение"
        kk "түсініксіз маңызды кеңейтім";
    UnreadableExtension "UNREADABLE_EXTENSION" CertificateChainGeneralFailure "RFC 5280 §4.2"
        en "an extension whose content does not read"
        ru "содержимое расширения не читается"
        kk "кеңейтім мазмұны оқылмайды";
    NameNotPermitted "NAME_NOT_PERMITTED" CertificateChainGeneralFailure "RFC 5280 §4.2.1.10, §6.1.3 (b), (c)"
        en "a name of the certificate lies outside of what an authority above it permits"
        ru "имя в сертификате выходит за пределы, разрешённые вышестоящим центром"
        kk "сертификаттағы атау жоғары тұрған орталық рұқсат еткен шектен тыс";
    NameMismatch "NAME_MISMATCH" CertificateChainGeneralFailure "RFC 9525 §6"
        en "the certificate does not carry the name that was asked for"
        ru "в сертификате нет запрошенного имени"
        kk "сертификатта сұралған атау жоқ";
    NoValidPolicy "NO_VALID_POLICY" CertificateChainGeneralFailure "RFC 5280 §6.1.3 (f), §6.1.5 (g)"
        en "no certificate policy holds along the whole path, though one is demanded"
        ru "ни одна политика сертификатов не действует на всей цепочке, хотя это требуется"
        kk "талап етілгенімен, бүкіл тізбек бойында бірде-бір сертификат саясаты қолданылмайды";
    OutOfProfile "OUT_OF_PROFILE" CertificateChainGeneralFailure "RFC 5280 §4"
        en "a certificate breaks its profile"
        ru "сертификат нарушает свой профиль"
        kk "сертификат өз профилін бұзады";
    TooManyNames "TOO_MANY_NAMES" CertificateChainGeneralFailure "limit NAME_CONSTRAINT_CHECKS_MAX"
        en "more names and name constraints than are compared"
        ru "имён и ограничений имён больше, чем сравнивается"
        kk "атаулар мен атау шектеулері салыстырылатыннан көп";
    TooManyPolicies "TOO_MANY_POLICIES" CertificateChainGeneralFailure "limit POLICY_NODES_MAX"
        en "more certificate policies and mappings than are followed"
        ru "политик сертификатов и их соответствий больше, чем прослеживается"
        kk "сертификат саясаттары мен олардың сәйкестіктері қадағаланатыннан көп";
    NotYetValid "NOT_YET_VALID" OutOfBoundsNoPoe "RFC 5280 §6.1.3 (a)(2)"
        en "the certificate's validity had not begun"
        ru "срок действия сертификата ещё не начался"
        kk "сертификаттың қолданылу мерзімі әлі басталмаған";
    SignedBeforeValidity "SIGNED_BEFORE_VALIDITY" NotYetValid "EN 319 102-1 §5.5.4"
        en "the signature is proven to be older than its certificate"
        ru "подпись доказанно старше сертификата"
        kk "қолтаңба сертификаттан бұрын жасалғаны дәлелденген";
    Expired "EXPIRED" OutOfBoundsNoPoe "RFC 5280 §6.1.3 (a)(2)"
        en "the certificate had expired, and nothing proves that the signature is older"
        ru "срок действия сертификата истёк, и ничто не доказывает, что подпись старше"
        kk "сертификат мерзімі өткен, қолтаңбаның бұрынырақ жасалғанын ештеңе дәлелдемейді";
    Revoked "REVOKED" RevokedNoPoe "RFC 5280 §6.1.3 (a)(3)"
        en "the signer's certificate was revoked"
        ru "сертификат подписавшего отозван"
        kk "қол қоюшының сертификаты қайтарып алынған";
    CaRevoked "CA_REVOKED" RevokedCaNoPoe "RFC 5280 §6.1.3 (a)(3)"
        en "a certification authority in the path was revoked"
        ru "отозван сертификат удостоверяющего центра в цепочке"
        kk "тізбектегі куәландырушы орталықтың сертификаты қайтарып алынған";
    OnHold "ON_HOLD" TryLater "RFC 5280 §5.3.1; EN 319 102-1 §5.2.6"
        en "the certificate is on hold, which may be lifted"
        ru "действие сертификата приостановлено"
        kk "сертификаттың қолданылуы тоқтатыла тұрған";
    RevocationUnknown "REVOCATION_UNKNOWN" TryLater "RFC 5280 §6.3; EN 319 102-1 §5.2.5"
        en "whether the certificate was revoked cannot be told; a CRL or an OCSP response of its issuer from after the time given would settle this, for"
        ru "неизвестно, отозван ли сертификат; нужен список отзыва или ответ OCSP его издателя, выпущенный после указанного времени, для"
        kk "сертификаттың қайтарылып алынғаны белгісіз; шығарушының көрсетілген уақыттан кейінгі CRL тізімі немесе OCSP жауабы қажет";
    RevocationStale "REVOCATION_STALE" TryLater "RFC 5280 §6.3.3; RFC 6960 §4.2.2.1; order 500 п.18"
        en "the CRL or OCSP response at hand is out of date; a newer one of the same issuer from after the time given would settle this, for"
        ru "список отзыва или ответ OCSP устарел; нужен более новый того же издателя, выпущенный после указанного времени, для"
        kk "CRL тізімі немесе OCSP жауабы ескірген; сол шығарушының көрсетілген уақыттан кейінгісі қажет";
    RevocationOutOfTime "REVOCATION_OUT_OF_TIME" TryLater "RFC 5280 §6.3.3; RFC 6960 §4.4.4"
        en "the CRL or OCSP response at hand was made when the certificate may have left it, or later than the question; one from after the time given, made while the certificate was in its period, would settle this, for"
        ru "список отзыва или ответ OCSP выпущен, когда сертификат мог быть уже исключён из него, или позже вопроса; нужен выпущенный после указанного времени, но в пределах срока сертификата, для"
        kk "CRL тізімі немесе OCSP жауабы сертификат одан шығарылуы мүмкін болған кезде не сұрақтан кейін жасалған; көрсетілген уақыттан кейінгі, бірақ сертификат мерзімі ішіндегісі қажет";
    RevocationReasonsMissing "REVOCATION_REASONS_MISSING" TryLater "RFC 5280 §6.3.3"
        en "the CRLs at hand tell of some reasons of revocation only; those of the same issuer about the other reasons from after the time given would settle this, for"
        ru "имеющиеся списки отзыва охватывают лишь часть причин отзыва; нужны списки того же издателя по остальным причинам, выпущенные после указанного времени, для"
        kk "қолдағы CRL тізімдері қайтарып алу себептерінің бір бөлігін ғана қамтиды; сол шығарушының қалған себептер бойынша тізімдері қажет";
    RevocationUnknownToResponder "REVOCATION_UNKNOWN_TO_RESPONDER" TryLater "RFC 6960 §2.2"
        en "the OCSP responder of the issuer says that it does not know the certificate"
        ru "служба OCSP издателя сообщает, что сертификат ей неизвестен"
        kk "шығарушының OCSP қызметі сертификатты білмейтінін хабарлайды";
    RevocationNotUnderstood "REVOCATION_NOT_UNDERSTOOD" TryLater "RFC 5280 §6.3.3"
        en "the CRL at hand covers only a part, or says things that are not understood yet, for"
        ru "список отзыва охватывает лишь часть или содержит неподдерживаемые сведения для"
        kk "CRL тізімі тек бір бөлігін қамтиды немесе түсініксіз мәліметтер бар";
    RevocationNotFromIssuer "REVOCATION_NOT_FROM_ISSUER" TryLater "RFC 5280 §6.3.3 (f)"
        en "the CRL at hand is not signed by the issuer, for"
        ru "список отзыва не подписан издателем для"
        kk "CRL тізіміне шығарушы қол қоймаған";
    UpstreamUnavailable "UPSTREAM_UNAVAILABLE" TryLater "EN 319 102-1 table 6 (TRY_LATER)"
        en "an address that could settle this gave nothing usable; ask again later, at the time named where there is one"
        ru "адрес, который мог бы это решить, не дал пригодного ответа; повторите позже, не ранее указанного времени"
        kk "мұны шеше алатын мекенжай жарамды жауап бермеді; кейінірек, көрсетілген уақыттан соң қайталаңыз";
    UpstreamSettledNothing "UPSTREAM_SETTLED_NOTHING" TryLater "EN 319 102-1 table 6 (TRY_LATER)"
        en "an address answered, but its answer does not settle this; it may later"
        ru "адрес ответил, но его ответ ничего не решает; позже это может измениться"
        kk "мекенжай жауап берді, бірақ жауабы мұны шешпейді; кейін өзгеруі мүмкін";
    FetchBudgetSpent "FETCH_BUDGET_SPENT" TryLater "limits FETCHES_PER_DOCUMENT_MAX, FETCHES_FOR_STRANGERS_MAX"
        en "not everything that the certificates point to was fetched: a bound was reached"
        ru "получено не всё, на что указывают сертификаты: достигнут предел"
        kk "сертификаттар көрсеткеннің бәрі алынған жоқ: шекке жетті";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_every_sentence_is_there() {
        let mut names: Vec<_> = Code::all().map(Code::name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for code in Code::all() {
            for language in [Language::Kk, Language::Ru, Language::En] {
                assert!(!Reason::plain(code).text(language).is_empty(), "{code:?}");
            }
            assert!(!code.clause().is_empty());
        }
    }
}
