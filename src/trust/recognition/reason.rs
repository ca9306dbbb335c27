//! Why a signature counts or not: each reason with its stable code, what it does to the answer, its clause, and a sentence
//! in three languages.

use serde::{Serialize, Serializer};

use super::Standing;

struct Row {
    reason: RecognitionReason,
    code: &'static str,
    effect: Standing,
    clause: &'static str,
    kk: &'static str,
    ru: &'static str,
    en: &'static str,
}

impl RecognitionReason {
    /// The stable code.
    pub fn code(self) -> &'static str {
        self.row().code
    }

    /// The best standing that this reason leaves possible. `Recognised` means that it is told, and hinders nothing.
    pub fn effect(self) -> Standing {
        self.row().effect
    }

    /// Where it comes from.
    pub fn clause(self) -> &'static str {
        self.row().clause
    }

    /// What a person reads: Kazakh, Russian, English.
    pub fn label(self) -> [&'static str; 3] {
        let row = self.row();
        [row.kk, row.ru, row.en]
    }

    /// Every reason.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.reason)
    }

    fn row(self) -> &'static Row {
        // INVARIANT: the macro writes one row for each variant.
        #[expect(clippy::expect_used, reason = "every variant has a row")]
        TABLE.iter().find(|row| row.reason == self).expect("every reason has a row")
    }
}

impl Serialize for RecognitionReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

macro_rules! reasons {
    ($($variant:ident $code:literal $effect:ident $clause:literal en $en:literal ru $ru:literal kk $kk:literal;)*) => {
        /// Why a signature counts in Kazakhstan or not (facts/ttp.md §8.3), the gravest first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum RecognitionReason { $(#[doc = $en] $variant,)* }

        const TABLE: &[Row] = &[$(Row {
            reason: RecognitionReason::$variant, code: $code, effect: Standing::$effect, clause: $clause,
            kk: $kk, ru: $ru, en: $en,
        },)*];
    };
}

reasons! {
    SigInvalid "SIG_INVALID" NotRecognised "ttp.md §8.3 (1)"
        en "the signature does not hold, so there is nothing to recognise"
        ru "подпись не подтверждается, признавать нечего"
        kk "қолтаңба расталмады, танитын ештеңе жоқ";
    KeyCompromised "KEY_COMPROMISED" NotRecognised "ttp.md §8.3 (4)"
        en "the signer's key, or one above it, was compromised at the time"
        ru "ключ подписавшего или вышестоящий ключ был скомпрометирован к этому времени"
        kk "қол қоюшының немесе одан жоғары кілт сол уақытта беделін түсірген";
    CertificateRevoked "CERTIFICATE_REVOKED" NotRecognised "ttp.md §8.3 (4)"
        en "the signer's certificate, or one above it, was revoked: possession of the key is not presumed"
        ru "сертификат подписавшего или вышестоящий был отозван: правомерное владение ключом не предполагается"
        kk "қол қоюшының немесе одан жоғары сертификат кері қайтарылған: кілтті заңды иелену болжанбайды";
    TtpNegative "TTP_NEGATIVE" NotRecognised "order 547/НҚ p. 11 (2)"
        en "the trusted third party answered that the signature is not verified"
        ru "доверенная третья сторона ответила «Не проверено»"
        kk "сенім білдірілген үшінші тарап «Тексерілмеді» деп жауап берді";
    RegVoid "REG_VOID" NotRecognised "ttp.md §8.3 (3)"
        en "the registration behind the signature is void for that time"
        ru "регистрация, на которой основана подпись, недействительна на это время"
        kk "қолтаңба негізделген тіркеу сол уақытқа жарамсыз";
    RegTerminatedBefore "REG_TERMINATED_BEFORE" NotRecognised "ttp.md §8.3 (3)"
        en "the registration had ended before the signature is proven to exist"
        ru "регистрация прекратилась раньше доказанного времени подписи"
        kk "тіркеу қолтаңбаның дәлелденген уақытынан бұрын тоқтатылған";
    RegNotYet "REG_NOT_YET" NotRecognised "ttp.md §8.3 (3)"
        en "the registration began only after that time"
        ru "регистрация началась позже этого времени"
        kk "тіркеу осы уақыттан кейін басталған";
    TtpNotRegistered "TTP_NOT_REGISTERED" NotRecognised "ttp.md §8.3 (3)"
        en "the foreign third party behind the certification centre is not registered"
        ru "доверенная третья сторона иностранного государства не зарегистрирована"
        kk "шет мемлекеттің сенім білдірілген үшінші тарапы тіркелмеген";
    CaNotRegistered "CA_NOT_REGISTERED" NotRecognised "order 547/НҚ p. 11 (3)"
        en "no registered certification centre stands behind the certificate"
        ru "за сертификатом не стоит зарегистрированный удостоверяющий центр"
        kk "сертификаттың артында тіркелген куәландырушы орталық жоқ";
    TreatyNotInForce "TREATY_NOT_IN_FORCE" NotRecognised "ttp.md §8.3 (3)"
        en "the treaty that covers the certification centre was not ratified or not in force"
        ru "международный договор не был ратифицирован или не действовал"
        kk "халықаралық шарт ратификацияланбаған немесе күшінде болмаған";
    PurposeNotAllowed "PURPOSE_NOT_ALLOWED" NotRecognised "ttp.md §6"
        en "the certificate says that its key may not be used so"
        ru "по сведениям сертификата ключ не может так использоваться"
        kk "сертификаттағы мәліметтер бойынша кілтті бұлай қолдануға болмайды";
    PurposeSignerKind "PURPOSE_SIGNER_KIND" NotRecognised "ttp.md §6"
        en "the holder signs in another quality than the document demands"
        ru "владелец подписывает не в том качестве, которого требует документ"
        kk "иесі құжат талап ететін сапада қол қоймаған";
    ScopeDocumentType "SCOPE_DOCUMENT_TYPE" NotRecognised "ttp.md §8.3 (5)"
        en "the registration is not for documents of this type"
        ru "регистрация не распространяется на документы этого вида"
        kk "тіркеу осы түрдегі құжаттарға қолданылмайды";
    ScopeSignerKind "SCOPE_SIGNER_KIND" NotRecognised "ttp.md §8.3 (5)"
        en "the registration is not for signers of this kind"
        ru "регистрация не распространяется на таких подписантов"
        kk "тіркеу мұндай қол қоюшыларға қолданылмайды";
    ScopePolicy "SCOPE_POLICY" NotRecognised "ttp.md §8.3 (5)"
        en "the certificate carries none of the policies that the registration is for"
        ru "сертификат не содержит ни одной из политик, на которые распространяется регистрация"
        kk "сертификатта тіркеу қолданылатын саясаттардың бірде-бірі жоқ";
    ScopePeriod "SCOPE_PERIOD" NotRecognised "ttp.md §8.3 (5)"
        en "the registration was not for this kind of use at that time"
        ru "в это время регистрация не распространялась на такое использование"
        kk "сол уақытта тіркеу мұндай пайдалануға қолданылмаған";
    AlgNotAllowedAtT "ALG_NOT_ALLOWED_AT_T" NotRecognised "ttp.md §8.3 (5)"
        en "the algorithm or the length of the key was not allowed at that time"
        ru "алгоритм или длина ключа не были разрешены в это время"
        kk "алгоритмге немесе кілт ұзындығына сол уақытта рұқсат етілмеген";
    LimitExceeded "LIMIT_EXCEEDED" NotRecognised "ttp.md §6"
        en "the document's amount is above the limit of the certificate or of the registration"
        ru "сумма документа превышает предел сертификата или регистрации"
        kk "құжат сомасы сертификаттың немесе тіркеудің шегінен асады";
    RegSuspended "REG_SUSPENDED" Undetermined "ttp.md §8.3 (3)"
        en "the registration was suspended at that time"
        ru "регистрация была приостановлена в это время"
        kk "тіркеу сол уақытта тоқтатыла тұрған";
    NoPoe "NO_POE" Undetermined "ttp.md §8.3 (3)"
        en "no trusted time proves that the signature was made while the registration was in force"
        ru "нет доверенного времени, доказывающего, что подпись создана при действующей регистрации"
        kk "қолтаңбаның тіркеу күшінде болған кезде жасалғанын дәлелдейтін сенімді уақыт жоқ";
    RegistryConflict "REGISTRY_CONFLICT" Undetermined "ttp.md §8.3 (3)"
        en "entries of the registry, or the registry and a receipt, contradict each other"
        ru "записи реестра либо реестр и квитанция противоречат друг другу"
        kk "тізілім жазбалары немесе тізілім мен түбіртек бір-біріне қайшы келеді";
    NormUnknown "NORM_UNKNOWN" Undetermined "ttp.md §0 (1)"
        en "the snapshot names norm versions, and none that was in force at that time"
        ru "снимок называет редакции норм, но ни одна не действовала в это время"
        kk "суретте норма редакциялары аталған, бірақ сол уақытта ешқайсысы күшінде болмаған";
    TtpCannotCheck "TTP_CANNOT_CHECK" Undetermined "order 547/НҚ p. 11 (3)"
        en "the trusted third party answered that it cannot verify the signature"
        ru "доверенная третья сторона ответила «Невозможно проверить»"
        kk "сенім білдірілген үшінші тарап «Тексеру мүмкін емес» деп жауап берді";
    TtpPartly "TTP_PARTLY" Undetermined "RFC 3029 §9.2"
        en "the receipt says that some signatures verified, and not which"
        ru "в квитанции сказано, что проверены некоторые подписи, но не сказано какие"
        kk "түбіртекте кейбір қолтаңбалар тексерілгені айтылған, бірақ қайсысы екені айтылмаған";
    TtpWaiting "TTP_WAITING" Undetermined "RFC 3029 §9.2"
        en "the trusted third party has no final answer yet"
        ru "у доверенной третьей стороны пока нет окончательного ответа"
        kk "сенім білдірілген үшінші тараптың әзірге түпкілікті жауабы жоқ";
    ReceiptInvalid "RECEIPT_INVALID" Undetermined "order 547/НҚ p. 16 (1)"
        en "a receipt is there, and its signature, signer or form does not hold"
        ru "квитанция есть, но её подпись, подписант или форма не подтверждаются"
        kk "түбіртек бар, бірақ оның қолтаңбасы, қол қоюшысы немесе нысаны расталмады";
    ReceiptOtherDocument "RECEIPT_OTHER_DOCUMENT" Undetermined "order 547/НҚ p. 16 (2)"
        en "the receipt is about another document or another signature"
        ru "квитанция относится к другому документу или к другой подписи"
        kk "түбіртек басқа құжатқа немесе басқа қолтаңбаға қатысты";
    ReceiptTtpNotInForce "RECEIPT_TTP_NOT_IN_FORCE" Undetermined "ttp.md §8.2"
        en "whoever gave the receipt was not a registered third party when it was given"
        ru "выдавший квитанцию не был зарегистрированной доверенной третьей стороной в момент её выдачи"
        kk "түбіртек берген тарап оны берген кезде тіркелген сенім білдірілген үшінші тарап болмаған";
    ReceiptsNotHeard "RECEIPTS_NOT_HEARD" Undetermined "order 547/НҚ p. 11 (2)"
        en "receipts about the document are kept here, or may be, that could not be heard; one of them may be a no"
        ru "квитанции об этом документе хранятся или могут храниться здесь, но не могли быть учтены; среди них может быть отказ"
        kk "осы құжат туралы түбіртектер осында сақталған немесе сақталуы мүмкін, бірақ ескерілмеді; олардың арасында бас тарту болуы мүмкін";
    TtpReceiptMissing "TTP_RECEIPT_MISSING" Undetermined "order 547/НҚ p. 9, p. 11"
        en "there is no receipt of the trusted third party, which alone certifies authenticity"
        ru "нет квитанции доверенной третьей стороны, которой только и подтверждается подлинность"
        kk "түпнұсқалықты растайтын сенім білдірілген үшінші тараптың түбіртегі жоқ";
    RevocationUnknown "REVOCATION_UNKNOWN" Undetermined "ttp.md §8.3 (4)"
        en "whether the certificate was revoked cannot be told"
        ru "не установлено, был ли отозван сертификат"
        kk "сертификаттың кері қайтарылғаны-қайтарылмағаны белгісіз";
    AuthorityNotEstablished "AUTHORITY_NOT_ESTABLISHED" Undetermined "ttp.md §6"
        en "the certificate does not say in which quality its holder signs, in words that are known here"
        ru "из сертификата не следует, в каком качестве подписывает его владелец"
        kk "сертификаттан иесінің қандай сапада қол қоятыны белгісіз";
    DocumentTypeUnknown "DOCUMENT_TYPE_UNKNOWN" Undetermined "ttp.md §8.3 (5)"
        en "the registration is for certain types of documents, and the type of this one is not known"
        ru "регистрация распространяется на определённые виды документов, а вид этого неизвестен"
        kk "тіркеу белгілі бір құжат түрлеріне қолданылады, ал бұл құжаттың түрі белгісіз";
    LimitUnknown "LIMIT_UNKNOWN" Undetermined "ttp.md §6"
        en "certificate or registration have a limit, and whether the document keeps to it cannot be told"
        ru "у сертификата или регистрации есть предел, соблюдение которого документом не установлено"
        kk "сертификаттың немесе тіркеудің шегі бар, құжаттың оны сақтайтыны белгісіз";
    ValidationIndeterminate "VALIDATION_INDETERMINATE" Undetermined "EN 319 102-1 §5.1.3"
        en "something else about the signature cannot be told from what is at hand"
        ru "что-то ещё о подписи нельзя установить по имеющимся данным"
        kk "қолтаңба туралы тағы бір нәрсені қолда бар деректер бойынша анықтау мүмкін емес";
    AlgNotSupportedLocally "ALG_NOT_SUPPORTED_LOCALLY" Recognised "ttp.md §8.3 (1)"
        en "an algorithm is not computed here; the receipt of the trusted third party stands in for it"
        ru "алгоритм здесь не вычисляется; вместо него учтена квитанция доверенной третьей стороны"
        kk "алгоритм мұнда есептелмейді; оның орнына сенім білдірілген үшінші тараптың түбіртегі алынды";
    CertificateOlderThanRegistration "CERTIFICATE_OLDER_THAN_REGISTRATION" Recognised "ttp.md §8.2"
        en "the certificate was issued while its centre was not registered"
        ru "сертификат выдан, когда центр ещё не был зарегистрирован"
        kk "сертификат орталық тіркелмеген кезде берілген";
}
