//! Manual order by a fractional index: each item has a text, and the items are in the byte order of
//! their texts. An item moves between two others by getting a text between theirs, so a move writes
//! one row.
//!
//! Texts are read in limbs of four digits. Halving the gap between two texts would add a bit for
//! each move to the same spot. Instead, a new text is a small step away from one of its neighbours,
//! in the first limb that has room (Nédelec et al., LSEQ, 2013). Limbs alternate between the two
//! sides, because nobody knows from which side the next item comes.

/// The digits, in byte order. A text does not end with the lowest one, so that there is room before
/// every text.
const DIGITS: &[u8; 37] = b"-0123456789abcdefghijklmnopqrstuvwxyz";

const BASE: u64 = DIGITS.len() as u64;

/// Digits in a limb.
const LIMB: usize = 4;

/// Number of different limbs.
const LIMBS: u64 = BASE.pow(LIMB as u32);

/// Distance from a neighbour. Further items fit into the distance itself.
const STEP: u64 = 8;

/// Maximum length of a text.
const MOST_BYTES: usize = 1_000;

/// Returns true if a text is a position. Every UUID in lower case is one.
pub fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=MOST_BYTES).contains(&bytes.len())
        && bytes.iter().all(|byte| digit(*byte).is_some())
        && bytes.last() != DIGITS.first()
}

/// Returns a position between two others; `None` stands for the beginning or the end. Returns
/// `None` if there is no position between them, or one of them is not a position.
pub fn between(lower: Option<&str>, upper: Option<&str>) -> Option<String> {
    let is_ordered = match (lower, upper) {
        (Some(lower), Some(upper)) => lower < upper,
        _ => true,
    };
    let mut bounds = [lower, upper].into_iter().flatten();
    if !is_ordered || !bounds.all(is_valid) {
        return None;
    }
    let lower = lower.unwrap_or_default().as_bytes();
    let mut upper = upper.map(str::as_bytes);
    let mut text = Vec::new();
    for depth in 0.. {
        let low = limb(lower, depth);
        // The limb after the last one, at the end.
        let high = upper.map_or(LIMBS, |upper| limb(upper, depth));
        if let Some(chosen) = choose(low, high, depth) {
            push(&mut text, chosen);
            break;
        }
        push(&mut text, low);
        if high > low {
            // Everything that begins with the lower limb is below the upper bound.
            upper = None;
        }
    }
    while text.last() == DIGITS.first() {
        text.pop();
    }
    let text = String::from_utf8(text).ok()?;
    is_valid(&text).then_some(text)
}

/// Returns a limb between two others, or `None` if there is no room. It is never zero, so that the
/// text does not become that of the lower bound when trailing zeros are removed.
fn choose(low: u64, high: u64, depth: usize) -> Option<u64> {
    let room = high.saturating_sub(low).saturating_sub(1);
    if room == 0 {
        return None;
    }
    let step = STEP.min(room.div_ceil(2));
    Some(if depth.is_multiple_of(2) {
        low + step
    } else {
        high - step
    })
}

/// Returns the number in a limb of a text. Digits beyond the end are zero.
fn limb(text: &[u8], depth: usize) -> u64 {
    let digits = (0..LIMB).map(|index| text.get(depth * LIMB + index).copied());
    digits.fold(0, |number, byte| {
        number * BASE + byte.and_then(digit).unwrap_or_default()
    })
}

fn digit(byte: u8) -> Option<u64> {
    let place = DIGITS.iter().position(|digit| *digit == byte)?;
    u64::try_from(place).ok()
}

fn push(text: &mut Vec<u8>, mut limb: u64) {
    let mut digits = [DIGITS[0]; LIMB];
    for place in digits.iter_mut().rev() {
        *place = DIGITS[(limb % BASE) as usize];
        limb /= BASE;
    }
    text.extend(digits);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIRST: &str = "0192f0c1-2345-7000-8000-000000000000";
    const SECOND: &str = "0192f0c1-2345-7000-8000-000000000001";

    fn is_between(lower: Option<&str>, upper: Option<&str>) -> String {
        let text = between(lower, upper).expect("a position");
        assert!(is_valid(&text), "{text}");
        assert!(lower.is_none_or(|lower| lower < text.as_str()), "{text}");
        assert!(upper.is_none_or(|upper| text.as_str() < upper), "{text}");
        text
    }

    #[test]
    fn positions_are_small_letters_digits_and_hyphens() {
        for text in [FIRST, "a0", "0", "-0", &"z".repeat(1_000)] {
            assert!(is_valid(text), "{text}");
        }
        for text in ["", "-", "a-", "A", "a b", "\u{e9}", &"z".repeat(1_001)] {
            assert!(!is_valid(text), "{text}");
        }
    }

    #[test]
    fn there_is_room_before_between_and_behind() {
        is_between(None, None);
        is_between(None, Some(FIRST));
        is_between(Some(FIRST), Some(SECOND));
        is_between(Some(SECOND), None);
        is_between(None, Some("-0"));
        is_between(Some("a"), Some("a0"));
        is_between(Some("zzzz"), None);
        assert_eq!(between(Some(SECOND), Some(FIRST)), None);
        assert_eq!(between(Some(FIRST), Some(FIRST)), None);
        assert_eq!(between(Some("A"), None), None);
    }

    #[test]
    fn ten_thousand_moves_to_the_same_spot_keep_texts_short() {
        let longest = |from: Option<&str>, to: Option<&str>, descending: bool| {
            let (mut lower, mut upper) = (from.map(str::to_owned), to.map(str::to_owned));
            let mut longest = 0;
            for _ in 0..10_000 {
                let text = is_between(lower.as_deref(), upper.as_deref());
                longest = longest.max(text.len());
                *(if descending { &mut upper } else { &mut lower }) = Some(text);
            }
            longest
        };
        for descending in [false, true] {
            for (from, to) in [
                (Some(FIRST), Some(SECOND)),
                (Some("a0"), Some("a1")),
                (None, Some(FIRST)),
                (Some(FIRST), None),
                (None, None),
            ] {
                let longest = longest(from, to, descending);
                assert!(longest <= 60, "{from:?} {to:?} {descending}: {longest}");
            }
        }
    }

    #[test]
    fn ten_thousand_random_moves_keep_the_order() {
        let mut positions: Vec<String> = (0..100)
            .map(|number| format!("0192f0c1-2345-7000-8000-{number:012x}"))
            .collect();
        let mut seed: u64 = 1;
        let mut random = |most: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % most
        };
        for _ in 0..10_000 {
            positions.remove(random(100));
            let place = random(100);
            let lower = place.checked_sub(1).map(|index| positions[index].clone());
            let upper = positions.get(place).cloned();
            positions.insert(place, is_between(lower.as_deref(), upper.as_deref()));
        }
        assert!(positions.is_sorted());
        let longest = positions.iter().map(String::len).max();
        assert!(longest <= Some(200), "{longest:?}");
    }

    proptest! {
        #[test]
        fn a_position_is_strictly_between(
            one in "[-0-9a-z]{0,12}[0-9a-z]",
            other in "[-0-9a-z]{0,12}[0-9a-z]",
        ) {
            let (lower, upper) = if one < other { (&one, &other) } else { (&other, &one) };
            if lower < upper {
                is_between(Some(lower), Some(upper));
            }
            is_between(None, Some(lower));
            is_between(Some(upper), None);
        }
    }
}
