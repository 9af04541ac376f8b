use super::*;

#[test]
fn a_page_has_at_least_one_item() {
    let measured = |bytes| Measured {
        id: "a".into(),
        version: 1,
        bytes,
    };
    let found = [measured(50), measured(40), measured(30)];
    assert_eq!(fitting(&found, 9, 10), (1, 50));
    assert_eq!(fitting(&found, 9, 90), (2, 90));
    assert_eq!(fitting(&found, 2, 900), (2, 90));
    assert_eq!(fitting(&[], 9, 10), (0, 0));
}
