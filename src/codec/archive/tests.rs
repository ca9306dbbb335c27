use std::io::Write as _;

use ::zip::CompressionMethod::{Deflated, Stored};
use ::zip::write::SimpleFileOptions;

use super::*;
use crate::limits::{ARCHIVE_ENTRIES_MAX, ARCHIVE_FILLING_BYTES_MAX};

fn zipped(files: &[(&str, &[u8])], method: ::zip::CompressionMethod) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, octets) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(octets).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// One TAR header; sizes and checksum as POSIX writes them.
fn header(name: &[u8], kind: u8, size: usize) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    sealed(block)
}

fn sealed(mut block: Vec<u8>) -> Vec<u8> {
    block[148..156].copy_from_slice(b"        ");
    let sum: usize = block.iter().map(|octet| usize::from(*octet)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn padded(octets: &[u8]) -> Vec<u8> {
    let mut out = octets.to_vec();
    out.resize(octets.len().next_multiple_of(512), 0);
    out
}

fn file(name: &[u8], octets: &[u8]) -> Vec<u8> {
    [header(name, b'0', octets.len()), padded(octets)].concat()
}

fn tarred(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), vec![0; 1024]].concat()
}

fn gzipped(octets: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(octets).unwrap();
    writer.finish().unwrap()
}

type Opened = Archive<Cursor<Vec<u8>>>;

fn open(octets: &[u8]) -> Result<Option<Opened>, ArchiveError> {
    let kind = ArchiveKind::of(octets).expect("it begins like an archive");
    Archive::open(Cursor::new(octets.to_vec()), kind)
}

/// Names with their octets or faults.
fn told(octets: &[u8]) -> Vec<(String, Result<Vec<u8>, EntryFault>)> {
    let mut archive = open(octets).unwrap().unwrap();
    let names: Vec<String> = archive.entries().iter().map(|entry| entry.name.clone()).collect();
    names.into_iter().enumerate().map(|(index, name)| (name, archive.read(index))).collect()
}

fn fault_of(octets: &[u8], name: &str) -> EntryFault {
    let found = told(octets).into_iter().find(|(told, _)| told == name);
    found.expect("the entry is told").1.unwrap_err()
}

fn ok(name: &str, octets: &[u8]) -> (String, Result<Vec<u8>, EntryFault>) {
    (name.to_owned(), Ok(octets.to_vec()))
}

#[test]
fn the_same_files_come_out_of_every_kind() {
    let text = b"a text that is long enough to be worth compressing, compressing, compressing";
    let files: [(&str, &[u8]); 3] = [("a.p7m", text), ("folder/b", b""), ("z", b"z")];
    let expected: Vec<_> = files.iter().map(|(name, octets)| ok(name, octets)).collect();
    let mut parts: Vec<Vec<u8>> = files.iter().map(|(name, octets)| file(name.as_bytes(), octets)).collect();
    parts.insert(1, header(b"folder/", b'5', 0));
    let tar = tarred(&parts);
    for archive in [zipped(&files, Deflated), zipped(&files, Stored), gzipped(&tar), tar] {
        assert_eq!(told(&archive), expected);
    }
}

#[test]
fn long_names_are_read_as_pax_gnu_and_posix_write_them() {
    let long = "n".repeat(180);
    let record = |body: &str| {
        let length = body.len() + 1 + 3;
        format!("{length} {body}")
    };
    let pax = record(&format!("path={long}\n"));
    assert_eq!(pax.len(), 190);
    let gnu = [long.as_bytes(), b"\0"].concat();
    let mut posix = header(b"name", b'0', 1);
    posix[345..351].copy_from_slice(b"prefix");
    let tar = tarred(&[
        header(b"pax", b'x', pax.len()),
        padded(pax.as_bytes()),
        file(b"short", b"1"),
        header(b"././@LongLink", b'L', gnu.len()),
        padded(&gnu),
        header(b"link", b'2', 0),
        sealed(posix),
        padded(b"3"),
    ]);
    let mut archive = open(&tar).unwrap().unwrap();
    let names: Vec<&str> = archive.entries().iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, [long.as_str(), long.as_str(), "prefix/name"]);
    assert_eq!(archive.read(2), Ok(b"3".to_vec()));
}

#[test]
fn names_that_lead_out_or_are_ambiguous_are_told_and_not_read() {
    let unsafe_names = ["../up", "/absolute", "a/../../b", "..", "C:\\windows", "\\server", "a\\..\\b"];
    for name in unsafe_names {
        let tar = tarred(&[file(name.as_bytes(), b"x"), file(b"good", b"y")]);
        assert_eq!(fault_of(&tar, name), EntryFault::UnsafeName);
        assert_eq!(told(&tar)[1], ok("good", b"y"), "{name}");
    }
    assert_eq!(told(&tarred(&[file(b"..good../a..b", b"x")])), [ok("..good../a..b", b"x")]);
    let twice = tarred(&[file(b"a", b"one"), file(b"b", b"x"), file(b"a", b"two")]);
    let found: Vec<_> = told(&twice).into_iter().map(|(_, octets)| octets).collect();
    assert_eq!(found, [Err(EntryFault::DuplicateName), Ok(b"x".to_vec()), Err(EntryFault::DuplicateName)]);
}

#[test]
fn names_that_are_no_text_or_steer_terminals_are_escaped() {
    assert_eq!(told(&tarred(&[file(b"a\xff\x1b[2J", b"x")])), [ok("a\\xff\\u{1b}[2J", b"x")]);
    assert_eq!(told(&tarred(&[file("қол".as_bytes(), b"x")])), [ok("қол", b"x")]);
}

#[test]
fn links_devices_and_sparse_files_are_told_and_not_followed() {
    for (kind, fault) in [
        (b'1', EntryFault::Link),
        (b'2', EntryFault::Link),
        (b'3', EntryFault::Special),
        (b'6', EntryFault::Special),
        (b'S', EntryFault::Special),
    ] {
        let tar = tarred(&[header(b"odd", kind, 0), file(b"good", b"y")]);
        assert_eq!((fault_of(&tar, "odd"), &told(&tar)[1]), (fault, &ok("good", b"y")));
    }
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("odd", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let zip = writer.finish().unwrap().into_inner();
    assert_eq!(fault_of(&zip, "odd"), EntryFault::Link);
}

/// Where the records of a ZIP begin.
fn place(octets: &[u8], signature: &[u8]) -> usize {
    octets.windows(4).rposition(|w| w == signature).unwrap()
}

#[test]
fn encrypted_entries_and_unknown_methods_are_told_as_not_supported() {
    let mut zip = zipped(&[("a", b"secret")], Stored);
    let (local, central) = (place(&zip, b"PK\x03\x04"), place(&zip, b"PK\x01\x02"));
    (zip[local + 6], zip[central + 8]) = (1, 1);
    assert_eq!(fault_of(&zip, "a"), EntryFault::Encrypted);
    let mut zip = zipped(&[("a", b"secret")], Stored);
    (zip[local + 8], zip[central + 10]) = (93, 93);
    assert_eq!(fault_of(&zip, "a"), EntryFault::Method(93));
}

#[test]
fn what_the_directory_says_and_what_stands_before_the_file_must_agree() {
    let good = zipped(&[("name", b"text")], Stored);
    assert_eq!(told(&good), [ok("name", b"text")]);
    let (local, central) = (place(&good, b"PK\x03\x04"), place(&good, b"PK\x01\x02"));
    // Another name, method or flags before the file; another checksum or length in the directory; another octet in the file.
    for at in [local + 30, local + 8, local + 6, central + 16, central + 24, local + 34] {
        let mut bad = good.clone();
        bad[at] ^= 2;
        let found = told(&bad);
        assert!(found[0].1.is_err(), "octet {at}: {found:?}");
    }
}

#[test]
fn an_archive_bomb_is_refused_by_its_ratio_and_a_dense_file_is_not() {
    let most = ARCHIVE_RATIO_BYTES_FREE.value;
    let zeros = vec![0; most + 1];
    let ratio = EntryFault::Limit(LimitExceeded { limit: &ARCHIVE_RATIO_MAX });
    let bomb = zipped(&[("bomb", &zeros), ("small", &zeros[..most])], Deflated);
    assert_eq!(fault_of(&bomb, "bomb"), ratio);
    assert_eq!(told(&bomb)[1].1.as_ref().map(Vec::len), Ok(most));
    let tar = tarred(&[file(b"zeros", &vec![0; 4 * most])]);
    assert_eq!(open(&gzipped(&tar)).unwrap_err(), ArchiveError::Limit(LimitExceeded { limit: &ARCHIVE_RATIO_MAX }));
    assert_eq!(told(&tar)[0].1.as_ref().map(Vec::len), Ok(4 * most));
}

#[test]
fn a_file_that_unpacks_to_more_than_was_told_is_broken_and_no_more_of_it_is_taken() {
    let mut zip = zipped(&[("liar", &vec![0; 100_000])], Deflated);
    let central = place(&zip, b"PK\x01\x02");
    zip[central + 24..central + 28].copy_from_slice(&10_u32.to_le_bytes());
    assert_eq!(fault_of(&zip, "liar"), EntryFault::Broken);
}

#[test]
fn entries_that_share_octets_are_refused() {
    let mut zip = zipped(&[("a", b"one"), ("b", b"two")], Stored);
    let second = place(&zip, b"PK\x01\x02");
    zip[second + 42..second + 46].copy_from_slice(&0_u32.to_le_bytes());
    assert_eq!(open(&zip).unwrap_err(), ArchiveError::Overlap);
}

#[test]
fn more_entries_than_the_bound_and_a_directory_that_lies_are_refused_before_they_are_read() {
    let mut zip = zipped(&[("a", b"x")], Stored);
    let end = place(&zip, b"PK\x05\x06");
    (zip[end + 8], zip[end + 10]) = (2, 2);
    assert!(matches!(open(&zip), Err(ArchiveError::Malformed { .. })));
    // A zip64 end that tells of more entries than may be.
    let many = u64::try_from(ARCHIVE_ENTRIES_MAX.value + 1).unwrap();
    let mut head = b"PK\x03\x04".to_vec();
    head.extend([0; 60]);
    let at = u64::try_from(head.len()).unwrap();
    head.extend(b"PK\x06\x06");
    head.extend([0; 20]);
    head.extend([many, many, 0, 0].map(u64::to_le_bytes).concat());
    head.extend(b"PK\x06\x07\0\0\0\0");
    head.extend(at.to_le_bytes());
    head.extend(1_u32.to_le_bytes());
    head.extend(b"PK\x05\x06\0\0\0\0");
    head.extend([0xff; 12]);
    head.extend([0; 2]);
    assert_eq!(open(&head).unwrap_err(), ArchiveError::Limit(LimitExceeded { limit: &ARCHIVE_ENTRIES_MAX }));
}

#[test]
fn an_archive_that_is_cut_off_is_refused() {
    let zip = zipped(&[("a", b"one"), ("b", b"two")], Stored);
    let tar = tarred(&[file(b"a", b"one"), file(b"b", b"two")]);
    for cut in [zip.len() - 1, zip.len() / 2, 30] {
        assert!(open(&zip[..cut]).is_err(), "ZIP of {cut}");
    }
    for cut in [2_048, 2_000, 1_600, 1_024, 700] {
        assert!(open(&tar[..cut]).is_err(), "TAR of {cut}");
    }
    assert!(open(&tar[..2_560]).is_ok(), "one block of its end mark is enough");
    let packed = gzipped(&tar);
    assert_eq!(open(&packed[..packed.len() - 9]).unwrap_err(), ArchiveError::Truncated);
}

#[test]
fn a_tar_whose_header_does_not_add_up_is_refused() {
    let mut tar = tarred(&[file(b"a", b"one")]);
    tar[0] ^= 1;
    assert_eq!(open(&tar).unwrap_err(), ArchiveError::Malformed { within: "header" });
    for records in ["9 path=a", "99 path=a\n", "x path=a\n", "8 path\n\n", "7 size=\n"] {
        let tar = tarred(&[header(b"pax", b'x', records.len()), padded(records.as_bytes()), file(b"a", b"x")]);
        let found = open(&tar);
        assert!(matches!(found, Err(ArchiveError::Malformed { within: "extended header" })), "{records:?}: {found:?}");
    }
}

#[test]
fn what_stands_behind_the_end_mark_is_told_and_filling_is_not() {
    let (one, other) = (tarred(&[file(b"a", b"one")]), tarred(&[file(b"b", b"two")]));
    let filled = [one.clone(), vec![0; 9_000]].concat();
    assert_eq!(told(&filled), [ok("a", b"one")]);
    let both = [filled.clone(), other].concat();
    let behind = ("(behind the end mark)".to_owned(), Err(EntryFault::BehindEnd));
    assert_eq!(told(&both), [ok("a", b"one"), behind.clone()]);
    assert_eq!(told(&gzipped(&both)), [ok("a", b"one"), behind]);
    let tape = [one, vec![0; ARCHIVE_FILLING_BYTES_MAX.value]].concat();
    assert!(matches!(fault_of(&tape, "(behind the end mark)"), EntryFault::Limit(_)));
}

#[test]
fn signature_containers_and_office_documents_are_documents() {
    let container = |name: &str| zipped(&[("letter.txt", b"x"), (name, b"y")], Stored);
    for name in ["META-INF/signature-0123456789.cms", "META-INF/NCAManifest.xml", "[Content_Types].xml"] {
        assert!(open(&container(name)).unwrap().is_none(), "{name}");
        assert!(!is_nested_archive(&container(name)));
    }
    assert!(open(&zipped(&[("mimetype", b"application/vnd.etsi.asic-e+zip"), ("a", b"x")], Stored)).unwrap().is_none());
    assert!(open(&container("mimetype")).unwrap().is_some(), "only as its first file");
    assert!(open(&gzipped(b"no archive")).unwrap().is_none());
}

#[test]
fn archives_in_archives_are_known() {
    let inner = zipped(&[("a", b"x")], Stored);
    let tar = tarred(&[file(b"a", b"x")]);
    for nested in [inner.clone(), inner[..20].to_vec(), gzipped(&tar), tar] {
        assert!(is_nested_archive(&nested));
    }
    assert!(!is_nested_archive(b"no archive"));
}

#[test]
fn no_change_of_one_octet_makes_a_reader_fail_or_gives_other_octets_for_good() {
    let files: [(&str, &[u8]); 2] = [("a", b"the first file, the first file"), ("b", b"two")];
    let zip = zipped(&files, Deflated);
    for at in 0..zip.len() {
        for bit in [1, 0x40, 0x80] {
            let mut bad = zip.clone();
            bad[at] ^= bit;
            let Some(kind) = ArchiveKind::of(&bad) else { continue };
            let Ok(Some(mut archive)) = Archive::open(Cursor::new(bad), kind) else { continue };
            for index in 0..archive.entries().len() {
                let octets = archive.read(index);
                let good = files.iter().any(|(_, expected)| octets.as_deref() == Ok(expected));
                assert!(good || octets.is_err(), "octet {at}: {octets:?}");
            }
        }
    }
}
