//! One function per verb: the only place where I/O meets judgement.

mod api_key;
mod audit;
mod batch;
pub mod bench;
mod crew;
pub mod devkit;
mod documents;
mod gather_files;
mod home;
mod jobs;
mod keyring;
mod node;
mod online;
mod permit_check;
mod permits;
mod tables;
mod time_stamping;
mod trust_office;
mod ttp;
mod verify;

pub use api_key::{ApiKeyRequest, NewApiKey, make_api_key, opens};
pub use audit::{AuditBundle, AuditReport, AuditTotals, BundleError, audit, export_bundle, open_bundle};
pub use batch::{BatchAnswer, BatchItem, Filling, ItemError, ItemOctets};
pub use crew::cores_of_this_machine;
pub use documents::{Document, DocumentOctets, Documents, Unread};
pub use gather_files::{LoadError, load_evidence, load_trust};
pub use home::{Home, HomeError};
pub use jobs::{JobError, JobIntake, JobTerms, Jobs};
pub use keyring::{HeldKey, KeyStoreFile, Keyring, KeyringError, Secret, Secrets, TokenError, open_key_file};
pub use node::{Listening, Node, NodeError, Office, ServeDoor, TlsFiles, VerifyAccess};
pub use online::{Online, OnlineError, OnlineOptions, StampError, kept_upstream_rows};
pub use permit_check::tell_permits;
pub use permits::{
    ActionOrder, IssueOrder, IssuedPermit, PermitError, PermitView, Permits, RecordView, ReissueOrder, SignerOrder,
    WriteOffOrder, permit_answer, signer_facts,
};
pub use tables::build_tables_aside;
pub use time_stamping::{
    ClockFault, ClockWatch, SntpError, StampReply, StampingUnit, TimeStamper, ask_time, follow_time_sources,
};
pub use trust_office::{
    Accepted, Added, ChangeView, EntryView, KeyView, ListOrder, PartyView, ProposalOrder, PublishedList,
    SnapshotOrigin, TrustOffice, TrustOfficeError, changes_of, entries_of, holders_of, office_of, order_of_list,
    parties_at, party_history, status_changes_of,
};
pub use ttp::{
    ArchiveError, Asked, DvcsReply, ForeignDesk, Heard, Hearing, JudgedReceipt, KeptReceipts, Polled, ReceiptOffice,
    TtpError, archive_receipts, judge_kept_receipt, judge_receipt, keep_receipt, may_need_receipts, poll_due,
    poll_forever, receipt_record, tell_receipts,
};
pub use verify::{Trust, Verifier};
