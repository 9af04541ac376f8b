//! `Cookie` headers, and the cookies set by the server itself.

#![no_main]

use docket::fuzzing::{read_cookies, read_flash, write_flash};
use hyper::header::HeaderValue;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let lines = data.split(|byte| *byte == b'\n');
    let mut headers: Vec<HeaderValue> = lines
        .filter_map(|line| HeaderValue::from_bytes(line).ok())
        .collect();
    let cookies = read_cookies(&headers);
    for (name, value) in &cookies {
        assert!(is_token(name), "{name}");
        for text in [name, value] {
            assert!(!text.contains(char::is_control), "{text:?}");
        }
        assert!(
            headers.iter().any(|header| stands_in(header, name, value)),
            "{name}={value} is not what was sent"
        );
        check_flash(value);
    }

    let (flash, said) = write_flash(&String::from_utf8_lossy(data));
    assert_eq!(read_flash(&flash), Some(("success".into(), said)));
    // No preceding text hides a cookie set by the server.
    let last = headers.pop();
    let mut line = last.map_or(Vec::new(), |header| header.as_bytes().to_vec());
    if std::str::from_utf8(&line).is_err() {
        line.clear();
    }
    line.extend_from_slice(format!("; docket_flash={flash}; docket_access=a.b.c").as_bytes());
    let line = HeaderValue::from_bytes(&line).expect("a header");
    let read = read_cookies(&[line]);
    let set = [
        ("docket_flash".to_owned(), flash),
        ("docket_access".to_owned(), "a.b.c".to_owned()),
    ];
    assert!(read.ends_with(&set), "{read:?}");
});

/// Returns true if the header contains the cookie literally: nothing decoded, only space and tab
/// trimmed.
fn stands_in(header: &HeaderValue, name: &str, value: &str) -> bool {
    let trim = |text: &str| text.trim_matches([' ', '\t']).to_owned();
    header
        .as_bytes()
        .split(|byte| *byte == b';')
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.split_once('='))
        .any(|pair| (trim(pair.0), trim(pair.1)) == (name.to_owned(), value.to_owned()))
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_tchar)
}

fn check_flash(value: &str) {
    let Some((kind, message)) = read_flash(value) else {
        return;
    };
    assert!(kind == "success" || kind == "error", "{kind}: {message}");
}
