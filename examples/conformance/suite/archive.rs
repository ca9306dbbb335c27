//! Members of the archives that corpora come in: ZIP, and tar inside of gzip.

use std::io::Read as _;

/// Members of a ZIP container whose names the predicate wants.
pub(crate) fn zip_members(octets: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(octets)).map_err(|e| e.to_string())?;
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|e| e.to_string())?;
        let name = file.name().map_err(|e| e.to_string())?.into_owned();
        if wanted(&name) {
            let mut content = Vec::new();
            file.read_to_end(&mut content).map_err(|e| e.to_string())?;
            members.push((name, content));
        }
    }
    Ok(members)
}

/// Files of a `.tar.gz`, as (name, octets).
pub(crate) fn tar_gz_members(octets: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(octets).read_to_end(&mut tar).map_err(|e| e.to_string())?;
    tar_members(&tar)
}

/// POSIX ustar: a header of 512 octets, then the file in whole blocks. Link and directory entries are passed over.
fn tar_members(tar: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    const BLOCK: usize = 512;
    let mut members = Vec::new();
    let mut rest = tar;
    while let Some((header, body)) = rest.split_at_checked(BLOCK) {
        if header.iter().all(|&b| b == 0) {
            break;
        }
        let text = |range: std::ops::Range<usize>| {
            let field = &header[range];
            String::from_utf8_lossy(field.split(|&b| b == 0).next().unwrap_or_default()).trim().to_owned()
        };
        let size = usize::from_str_radix(&text(124..136), 8).map_err(|_| "a tar header without a size")?;
        let content = body.get(..size).ok_or("a tar member that is cut short")?;
        if matches!(header[156], b'0' | 0) {
            members.push((text(0..100), content.to_vec()));
        }
        rest = body.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
    }
    Ok(members)
}
