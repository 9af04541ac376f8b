//! The language of a response: that of the user's profile, otherwise the one that `Accept-Language`
//! prefers (RFC 9110, section 12.5.4).

use std::sync::OnceLock;

use rocket::http::Header;
use rocket::{Request, Response};

use super::coding::weight_of;
use crate::locale::Language;

/// Maximum number of languages that are read from a header.
const MOST_RANGES: usize = 50;

/// The language of the user's profile, if it names one.
#[derive(Default)]
struct OfProfile(OnceLock<Language>);

/// Notes the language of the profile of an authenticated user.
pub fn note_language(request: &Request<'_>, language: Language) {
    request
        .local_cache(OfProfile::default)
        .0
        .get_or_init(|| language);
}

/// Returns the language of the response to a request.
pub fn language_of(request: &Request<'_>) -> Language {
    let of_profile = request.local_cache(OfProfile::default).0.get();
    of_profile
        .copied()
        .unwrap_or_else(|| accepted_language(request))
}

/// Returns the language that the headers of a request prefer.
pub fn accepted_language(request: &Request<'_>) -> Language {
    let values: Vec<_> = request.headers().get("Accept-Language").collect();
    preferred(&values.join(","))
}

/// Names the language of a response in its headers.
pub fn set_language(request: &Request<'_>, response: &mut Response<'_>) {
    let language = language_of(request);
    response.set_header(Header::new("Content-Language", language.tag()));
    if request.local_cache(OfProfile::default).0.get().is_none() {
        response.adjoin_header(Header::new("Vary", "Accept-Language"));
    }
}

/// Returns the language that a header prefers, by lookup (RFC 4647, section 3.4). Among those of equal
/// weight, the first one is taken.
fn preferred(header: &str) -> Language {
    let mut best = (0, Language::default());
    for range in header.split(',').take(MOST_RANGES) {
        let (range, parameters) = range.split_once(';').unwrap_or((range, ""));
        let weight = weight_of(parameters);
        if weight > best.0
            && let Some(language) = lookup(range.trim())
        {
            best = (weight, language);
        }
    }
    best.1
}

/// Returns the language with the longest tag that a range begins with.
fn lookup(mut range: &str) -> Option<Language> {
    if range == "*" {
        return Some(Language::default());
    }
    loop {
        let mut languages = Language::ALL.iter();
        if let Some(found) = languages.find(|each| each.tag().eq_ignore_ascii_case(range)) {
            return Some(*found);
        }
        (range, _) = range.rsplit_once('-')?;
    }
}

#[cfg(test)]
mod tests {
    use super::preferred;
    use crate::locale::Language;

    #[test]
    fn the_header_decides_which_language_is_sent() {
        let (english, german) = (Language::English, Language::German);
        for (header, expected) in [
            ("", english),
            ("de", german),
            ("DE-at", german),
            ("de-Latn-CH-1996", german),
            ("en", english),
            ("en-GB, de;q=0.9", english),
            ("fr, de;q=0.5, en;q=0.4", german),
            ("fr, en;q=0.4, de;q=0.5", german),
            ("fr", english),
            ("de;q=0.5, en;q=0.5", german),
            ("de;q=0", english),
            ("de;q=0, *", english),
            ("*", english),
            ("*;q=0.1, de;q=0.2", german),
            ("de ; Q=0.2 , en;q=0.1", german),
            ("de;q=2", english),
            ("de;q=", english),
            ("de;level=1", english),
            ("deu", english),
            ("d", english),
            ("-de", english),
            ("de-", german),
            (",, ;q=1,de,", german),
            ("en-XA", Language::Pseudo),
            ("ar-xb", Language::Mirrored),
            ("ar", english),
        ] {
            assert_eq!(preferred(header), expected, "{header:?}");
        }
        let long = format!("{}de", "fr,".repeat(100));
        assert_eq!(preferred(&long), english);
    }
}
