//! Content codings of responses (RFC 9110, section 8.4.1), and the choice of one by `Accept-Encoding`
//! (section 12.5.3).

use std::io::Write;

use brotli::enc::BrotliEncoderParams;
use brotli::enc::backward_references::BrotliEncoderMode;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;

/// A coding that compresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// RFC 8878.
    Zstandard,
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
}

impl Coding {
    /// All codings.
    pub const ALL: [Coding; 3] = [Coding::Zstandard, Coding::Brotli, Coding::Gzip];

    /// Those of a text that is compressed beforehand, with the greatest effort. Brotli is the smallest
    /// then.
    pub const BEFOREHAND: &[Coding] = &[Coding::Brotli, Coding::Gzip];

    /// Returns the name in `Content-Encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Zstandard => "zstd",
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
        }
    }

    /// Returns the coding that an `Accept-Encoding` header prefers. Of those that the client likes
    /// equally, it is the first one offered. `None` is no coding.
    pub fn preferred(header: &str, offered: &[Coding]) -> Option<Coding> {
        let listed = Listed::of(header);
        let mut best = (listed.plain(), None);
        for coding in offered.iter().copied() {
            let weight = listed.weight(coding);
            // A coding wins against none of equal weight, and the first one against the others.
            let is_better = weight > best.0 || weight == best.0 && best.1.is_none();
            if weight > 0 && is_better {
                best = (weight, Some(coding));
            }
        }
        best.1
    }

    /// Compresses a text in about the time that its template takes.
    pub fn compress(self, text: &[u8]) -> Bytes {
        let room = Vec::with_capacity(text.len() / 3);
        let compressed = match self {
            Coding::Zstandard => zstandard(text, room),
            Coding::Brotli => brotli(text, room),
            Coding::Gzip => gzip(text, room),
        };
        // Drops the unused capacity.
        Bytes::from(compressed.into_boxed_slice())
    }
}

/// Takes a sixth of the time of [`brotli`], and the text becomes as small.
fn zstandard(text: &[u8], room: Vec<u8>) -> Vec<u8> {
    let compressed = || {
        let mut encoder = zstd::Encoder::new(room, 2)?;
        // Small texts need smaller tables.
        encoder.set_pledged_src_size(Some(text.len() as u64))?;
        encoder.write_all(text)?;
        encoder.finish()
    };
    // Writing to memory cannot fail.
    compressed().unwrap_or_default()
}

fn gzip(text: &[u8], room: Vec<u8>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(room, Compression::new(3));
    // Writing to memory cannot fail.
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default()
}

fn brotli(mut text: &[u8], mut room: Vec<u8>) -> Vec<u8> {
    let parameters = BrotliEncoderParams {
        quality: 4,
        // A window of 256 KiB holds nearly every text and takes little memory.
        lgwin: 18,
        size_hint: text.len(),
        mode: BrotliEncoderMode::BROTLI_MODE_TEXT,
        ..BrotliEncoderParams::default()
    };
    // Writing to memory cannot fail.
    let _ = ::brotli::BrotliCompress(&mut text, &mut room, &parameters);
    room
}

/// The weights of a header, in thousandths.
#[derive(Default)]
struct Listed {
    zstandard: Option<u16>,
    brotli: Option<u16>,
    gzip: Option<u16>,
    identity: Option<u16>,
    any: Option<u16>,
}

impl Listed {
    fn of(header: &str) -> Listed {
        let mut listed = Listed::default();
        for element in header.split(',') {
            let (name, parameters) = element.split_once(';').unwrap_or((element, ""));
            let weight = weight_of(parameters);
            match name.trim().to_ascii_lowercase().as_str() {
                "zstd" => listed.zstandard = Some(weight),
                "br" => listed.brotli = Some(weight),
                "gzip" | "x-gzip" => listed.gzip = Some(weight),
                "identity" => listed.identity = Some(weight),
                "*" => listed.any = Some(weight),
                _ => {}
            }
        }
        listed
    }

    fn weight(&self, coding: Coding) -> u16 {
        let own = match coding {
            Coding::Zstandard => self.zstandard,
            Coding::Brotli => self.brotli,
            Coding::Gzip => self.gzip,
        };
        own.or(self.any).unwrap_or_default()
    }

    /// Returns the weight of no coding. It is the last choice unless the header lists it.
    fn plain(&self) -> u16 {
        self.identity.unwrap_or_default()
    }
}

/// Returns the weight among the parameters of a coding or a language. A malformed one excludes it,
/// which is always safe.
pub(super) fn weight_of(parameters: &str) -> u16 {
    let parameters = parameters.trim();
    if parameters.is_empty() {
        return 1000;
    }
    parameters
        .split_once('=')
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .and_then(|(_, value)| value.trim().parse::<f32>().ok())
        .filter(|weight| (0.0..=1.0).contains(weight))
        .map_or(0, |weight| (weight * 1000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_decides_which_coding_is_sent() {
        let [zstandard, brotli, gzip] = Coding::ALL.map(Some);
        for (header, expected) in [
            ("", None),
            ("gzip", gzip),
            ("GZip", gzip),
            ("x-gzip", gzip),
            ("br", brotli),
            ("gzip, deflate, br, zstd", zstandard),
            ("zstd;q=0.9, br", brotli),
            ("gzip;q=1, br;q=0.9", gzip),
            ("gzip ; Q=0.5 , br;q=0.5", brotli),
            ("br;q=0, gzip;q=0.001", gzip),
            ("br;q=0", None),
            ("*", zstandard),
            ("zstd;q=0, *", brotli),
            ("br;q=0, zstd;q=0, *", gzip),
            ("*;q=0", None),
            ("gzip, *;q=0", gzip),
            ("identity", None),
            ("identity, gzip", gzip),
            ("identity, gzip;q=0.5", None),
            ("identity;q=0.2, gzip;q=0.5", gzip),
            ("identity;q=0, gzip;q=0", None),
            ("deflate, compress", None),
            ("gzip;q=2", None),
            ("gzip;q=-1", None),
            ("gzip;q=NaN", None),
            ("gzip;q=", None),
            ("gzip;level=9", None),
            (",, ;q=1,gzip,", gzip),
        ] {
            assert_eq!(
                Coding::preferred(header, &Coding::ALL),
                expected,
                "{header:?}"
            );
        }
    }

    #[test]
    fn only_an_offered_coding_is_sent() {
        for (header, expected) in [
            ("gzip, deflate, br, zstd", Some(Coding::Brotli)),
            ("br;q=0.5, gzip, zstd", Some(Coding::Gzip)),
            ("zstd", None),
            ("*", Some(Coding::Brotli)),
        ] {
            let chosen = Coding::preferred(header, Coding::BEFOREHAND);
            assert_eq!(chosen, expected, "{header:?}");
        }
    }

    #[test]
    fn a_compressed_text_is_smaller_and_the_same() {
        let text = "<li class=\"task\">Buy oat milk</li>\n".repeat(200);
        for coding in Coding::ALL {
            let compressed = coding.compress(text.as_bytes());
            assert!(compressed.len() < text.len() / 10, "{coding:?}");
            assert_eq!(plain(coding, &compressed), text);
            assert_eq!(plain(coding, &coding.compress(b"")), "");
        }
    }

    fn plain(coding: Coding, mut compressed: &[u8]) -> String {
        let mut text = Vec::new();
        match coding {
            Coding::Zstandard => zstd::stream::copy_decode(compressed, &mut text),
            Coding::Brotli => ::brotli::BrotliDecompress(&mut compressed, &mut text),
            Coding::Gzip => {
                let mut decoder = flate2::write::GzDecoder::new(&mut text);
                decoder
                    .write_all(compressed)
                    .and_then(|()| decoder.try_finish())
            }
        }
        .expect("a compressed text");
        String::from_utf8(text).expect("UTF-8")
    }
}
