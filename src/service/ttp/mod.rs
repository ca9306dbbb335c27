//! The trusted third party at work (RFC 3029; order 547/НҚ): requests in, receipts out, each kept for five years; and its
//! questions to third parties of other states.

mod archiving;
mod asking;
mod error;
mod evidence;
mod judgement;
mod keeping;
mod office;
mod polling;
mod request;
mod telling;

pub use archiving::{ArchiveError, archive_receipts};
pub use asking::{Asked, ForeignDesk};
pub use error::TtpError;
pub use evidence::judge_kept_receipt;
pub use keeping::{keep_receipt, receipt_record};
pub use office::{DvcsReply, ReceiptOffice};
pub use polling::{Polled, poll_due, poll_forever};
pub use telling::{Heard, Hearing, JudgedReceipt, KeptReceipts, judge_receipt, may_need_receipts, tell_receipts};
