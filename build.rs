//! Embeds the static files in a release, compressed with the greatest effort. The encoder needs tens
//! of megabytes, which the server would keep. A debug build reads the files from disk.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use brotli::enc::BrotliEncoderParams;
use brotli::enc::backward_references::BrotliEncoderMode;
use flate2::Compression;
use flate2::write::GzEncoder;

#[path = "src/ui/bundle.rs"]
#[allow(dead_code)]
mod bundle;
#[path = "src/ui/modules.rs"]
mod modules;
#[path = "src/ui/slim.rs"]
mod slim;

/// Names of files whose content does not become smaller.
const COMPRESSED: [&str; 1] = ["png"];

fn main() -> io::Result<()> {
    println!("cargo::rustc-check-cfg=cfg(embedded)");
    for path in [
        "build.rs",
        "src/ui/bundle.rs",
        "src/ui/modules.rs",
        "src/ui/slim.rs",
        "static",
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        embed()?;
        println!("cargo::rustc-cfg=embedded");
    }
    Ok(())
}

/// Writes each file, plain and compressed, and the table that includes them.
fn embed() -> io::Result<()> {
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut table = String::from("&[\n");
    for (number, (name, asset)) in bundle::assets(Path::new("static"))?.into_iter().enumerate() {
        let is_text = !COMPRESSED.iter().any(|kind| name.ends_with(kind));
        let codings = [
            ("data", Some(asset.data.clone())),
            ("brotli", is_text.then(|| brotli(&asset.data)).transpose()?),
            ("gzip", is_text.then(|| gzip(&asset.data)).transpose()?),
        ];
        let _ = write!(table, "Embedded {{ name: {name:?}, hash: {:?}", asset.hash);
        for (coding, data) in codings {
            let file = format!("{number}.{coding}");
            let smaller = |data: &Vec<u8>| coding == "data" || data.len() < asset.data.len();
            let value = match data.filter(smaller) {
                Some(data) => {
                    fs::write(folder.join(&file), data)?;
                    format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\"))")
                }
                None => "&[]".to_owned(),
            };
            let _ = write!(table, ", {coding}: {value}");
        }
        table.push_str(" },\n");
    }
    table.push(']');
    fs::write(folder.join("assets.rs"), table)
}

fn brotli(mut data: &[u8]) -> io::Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: 11,
        size_hint: data.len(),
        mode: BrotliEncoderMode::BROTLI_MODE_TEXT,
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut data, &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(data: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data)?;
    encoder.finish()
}
