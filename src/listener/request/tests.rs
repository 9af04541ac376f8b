use super::*;

/// Unicode's White_Space, and other characters that some programs treat as blanks.
const BLANKS: [char; 29] = [
    '\t', '\n', '\u{b}', '\u{c}', '\r', ' ', '\u{85}', '\u{a0}', '\u{1680}', '\u{2000}',
    '\u{2001}', '\u{2002}', '\u{2003}', '\u{2004}', '\u{2005}', '\u{2006}', '\u{2007}', '\u{2008}',
    '\u{2009}', '\u{200a}', '\u{2028}', '\u{2029}', '\u{202f}', '\u{205f}', '\u{3000}', '\u{180e}',
    '\u{200b}', '\u{2060}', '\u{feff}',
];

fn read(header: &str) -> Vec<(String, String)> {
    let mut headers = HeaderMap::new();
    let Ok(value) = HeaderValue::from_bytes(header.as_bytes()) else {
        return Vec::new();
    };
    headers.append(COOKIE, value);
    cookies(&headers)
        .map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned()))
        .collect()
}

#[test]
fn space_and_tab_alone_are_no_part_of_a_name() {
    let found = [("__Host-a".to_owned(), "b".to_owned())];
    for blank in BLANKS {
        let is_blank = matches!(blank, ' ' | '\t');
        for header in [
            format!("{blank}__Host-a=b"),
            format!("x=y;{blank}__Host-a=b"),
            format!("{blank}{blank}__Host-a=b"),
            format!(" {blank} __Host-a=b"),
            format!("__Host-a{blank}=b"),
            format!("__Host-a {blank} =b"),
        ] {
            let read = read(&header);
            assert_eq!(read.ends_with(&found), is_blank, "{header:?}: {read:?}");
            let named = read.iter().any(|(name, _)| name.contains("Host"));
            assert_eq!(named, is_blank, "{header:?}: {read:?}");
        }
        assert!(read(&format!("__Host-{blank}a=b")).is_empty(), "{blank:?}");
    }
}

#[test]
fn a_name_is_a_token_and_a_value_is_as_it_was_sent() {
    for dropped in [
        "=b",
        " =b",
        "b",
        "",
        "a b=c",
        "\"a\"=b",
        "a,=b",
        "a@=b",
        "(a)=b",
        "\u{e9}=b",
        "a=\u{85}b",
        "a=b\tc",
    ] {
        assert_eq!(read(dropped), [], "{dropped:?}");
    }
    for (header, name, value) in [
        ("a=", "a", ""),
        ("a=b=c", "a", "b=c"),
        ("%5F%5FHost-a=b", "%5F%5FHost-a", "b"),
        ("a=\"b, c\"", "a", "\"b, c\""),
        ("a=\u{e9}", "a", "\u{e9}"),
        ("a=\u{a0}b\u{a0}", "a", "\u{a0}b\u{a0}"),
        (" \t a \t = \t b \t ", "a", "b"),
    ] {
        assert_eq!(read(header), [(name.into(), value.into())], "{header:?}");
    }
}

#[test]
fn what_is_no_text_drops_one_cookie_alone() {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_bytes(b"x=\xff; \xa0a=1; a=2").expect("a header");
    headers.append(COOKIE, value);
    let read: Vec<_> = cookies(&headers).map(|cookie| cookie.to_string()).collect();
    assert_eq!(read, ["a=2"]);
}

#[test]
fn a_path_is_taken_in_its_normal_form_alone() {
    for path in [
        "/",
        "/api/v1/me",
        "/api/v1/me/",
        "/%ff",
        "/a%2fb",
        "/%e2%82%ac",
        "/a%20b",
        "/%zz",
        "/.env",
        "/...",
    ] {
        assert!(is_normal(path), "{path}");
    }
    for path in [
        "//",
        "//api",
        "/api//v1",
        "/api//",
        "/%61pi",
        "/ap%49",
        "/a%7Eb",
        "/a%2Db",
        "/.",
        "/./api",
        "/api/..",
        "/api/../x",
        "/%2e/api",
    ] {
        assert!(!is_normal(path), "{path}");
    }
}

#[test]
fn a_malformed_path_is_answered_on_its_side() {
    for target in [
        "/api/{x}",
        "//api/v1/me",
        "/%61pi/v1/me",
        "/./api/v1/me",
        "/api?x",
        "/%2Fapi/v1",
    ] {
        assert_eq!(fallback_uri(target), "/api/-", "{target}");
    }
    for target in ["/", "//", "/apis/v1", "/login/api", "*"] {
        assert_eq!(fallback_uri(target), "/-", "{target}");
    }
}

#[test]
fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
    let valid = |text: &str| text.parse::<Authority>().is_ok_and(|host| is_host(&host));
    for host in [
        "x",
        "x:80",
        "x:",
        "docket.example.org:8443",
        "[::1]:80",
        "127.0.0.1",
    ] {
        assert!(valid(host), "{host}");
    }
    for host in [
        "", ":80", "a@b", "a:b@c", "x:99999", "x:8x", "<script>", "a b", "a/b", "a,b@", "x:1:2",
    ] {
        assert!(!valid(host), "{host}");
    }
}
