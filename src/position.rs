//! Positions of a manual order: texts that sort in the order of their bytes, with room for another
//! one between any two.

use std::iter;

/// The digits, in the order of their bytes. Every UUID is made of them, so that an id can be the
/// position of an item that nobody has moved.
const DIGITS: &[u8; 37] = b"-0123456789abcdefghijklmnopqrstuvwxyz";

/// Digits in a limb. A position is a fraction in base [`BASE`] with limbs as digits, which leaves
/// enough room for thousands of moves to the same place before a text grows.
const LIMB_DIGITS: usize = 4;

const BASE: u32 = (DIGITS.len() as u32).pow(LIMB_DIGITS as u32);

/// Distance to the neighbour, if there is room. Moves to the same place grow a text after
/// `BASE / STEP` of them, and moves to random places after the logarithm of it.
const STEP: u32 = 64;

const MOST_BYTES: usize = 1_000;

/// Returns true if the text is a position: 1 to 1,000 bytes of `-`, `0` to `9` and `a` to `z`, the
/// last of which is not `-`. A trailing `-` is a trailing zero of a fraction: no text would fit
/// between `a` and `a-`.
pub fn is_valid(text: &str) -> bool {
    (1..=MOST_BYTES).contains(&text.len())
        && !text.ends_with('-')
        && text.bytes().all(|byte| DIGITS.contains(&byte))
}

/// Returns a position after `lower` and before `upper`, in the order of bytes. Without `lower`, it
/// is closely before `upper`, after the ids of earlier items; without `upper`, it is closely after
/// `lower`, before the ids of later items.
///
/// Returns `None` if `lower` is not before `upper`, if one of them is not a position, or if a
/// position between them would have more than 1,000 bytes.
pub fn between(lower: Option<&str>, upper: Option<&str>) -> Option<String> {
    if !lower.into_iter().chain(upper).all(is_valid) {
        return None;
    }
    if let (Some(lower), Some(upper)) = (lower, upper)
        && lower >= upper
    {
        return None;
    }
    let limbs = match (lower, upper) {
        (Some(lower), Some(upper)) => limbs_between(&limbs(lower), &limbs(upper)),
        (None, Some(upper)) => limbs_before(limbs(upper)),
        (lower, None) => limbs_after(limbs(lower.unwrap_or_default())),
    };
    let text = text_of(&limbs);
    is_valid(&text).then_some(text)
}

/// Increases the last limb, or appends one. A larger change could reach past the id of the next
/// item that is created.
fn limbs_after(mut limbs: Vec<u32>) -> Vec<u32> {
    let last = limbs.pop().unwrap_or_default();
    match near(last, BASE, true) {
        Some(limb) => limbs.push(limb),
        None => limbs.extend([last, STEP]),
    }
    limbs
}

/// Decreases the last limb, which is not zero, or appends one.
fn limbs_before(mut limbs: Vec<u32>) -> Vec<u32> {
    let last = limbs.pop().unwrap_or_default();
    match near(0, last, false) {
        Some(limb) => limbs.push(limb),
        None => limbs.extend([last.saturating_sub(1), BASE - STEP]),
    }
    limbs
}

/// Returns limbs at the first depth with room. The side from which the step is taken alternates by
/// depth, because one of the two suits moves to the same place: the other depth costs a limb, and
/// this one has room for the next `BASE / STEP` moves.
fn limbs_between(lower: &[u32], upper: &[u32]) -> Vec<u32> {
    let mut found = Vec::new();
    let mut is_bounded = true;
    loop {
        let depth = found.len();
        let low = lower.get(depth).copied().unwrap_or_default();
        let high = match is_bounded {
            true => upper.get(depth).copied().unwrap_or_default(),
            false => BASE,
        };
        if let Some(limb) = near(low, high, depth % 2 == 0) {
            found.push(limb);
            return found;
        }
        is_bounded &= low == high;
        found.push(low);
    }
}

/// Returns a limb strictly between two: a step from one of them, or less if there is little room.
fn near(low: u32, high: u32, from_low: bool) -> Option<u32> {
    let room = high.checked_sub(low)?.checked_sub(1)?;
    let step = room.div_ceil(2).min(STEP);
    match (step, from_low) {
        (0, _) => None,
        (_, true) => Some(low + step),
        (_, false) => Some(high - step),
    }
}

fn limbs(text: &str) -> Vec<u32> {
    let value = |byte: u8| DIGITS.iter().position(|digit| *digit == byte);
    let digits = |chunk: &[u8]| {
        let padded = chunk.iter().copied().chain(iter::repeat(DIGITS[0]));
        let values = padded.take(LIMB_DIGITS).map(value);
        values.fold(0, |limb, value| {
            limb * DIGITS.len() as u32 + value.unwrap_or_default() as u32
        })
    };
    text.as_bytes().chunks(LIMB_DIGITS).map(digits).collect()
}

fn text_of(limbs: &[u32]) -> String {
    let mut text = String::with_capacity(limbs.len() * LIMB_DIGITS);
    for limb in limbs {
        for place in (0..LIMB_DIGITS as u32).rev() {
            let digit = limb / (DIGITS.len() as u32).pow(place) % DIGITS.len() as u32;
            text.push(char::from(DIGITS[digit as usize]));
        }
    }
    text.truncate(text.trim_end_matches('-').len());
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;
    use uuid::Uuid;

    use super::*;

    const MOVES: usize = 10_000;

    /// The length of a UUID and five limbs.
    const LONGEST: usize = 56;

    fn ids(count: usize) -> Vec<String> {
        let mut ids: Vec<_> = (0..count).map(|_| Uuid::now_v7().to_string()).collect();
        ids.sort();
        ids
    }

    fn checked(lower: Option<&str>, upper: Option<&str>) -> String {
        let text = between(lower, upper).unwrap_or_else(|| panic!("{lower:?} to {upper:?}"));
        assert!(is_valid(&text), "{text}");
        assert!(
            lower.is_none_or(|lower| lower < text.as_str()),
            "{lower:?} {text}"
        );
        assert!(
            upper.is_none_or(|upper| text.as_str() < upper),
            "{text} {upper:?}"
        );
        text
    }

    #[test]
    fn only_digits_up_to_a_last_one_above_zero_are_valid() {
        let longest = "z".repeat(1_000);
        for text in [
            "0",
            "z",
            "-0",
            "a--b",
            &longest,
            "0192f0c1-2345-7000-8000-000000000000",
        ] {
            assert!(is_valid(text), "{text}");
        }
        let long = "z".repeat(1_001);
        for text in ["", "-", "a-", "A", "a b", "\u{e9}", "a\0", "_", &long] {
            assert!(!is_valid(text), "{text}");
            assert_eq!(between(Some(text), None), None, "{text}");
            assert_eq!(between(None, Some(text)), None, "{text}");
        }
    }

    #[test]
    fn bounds_that_are_equal_or_reversed_have_nothing_between_them() {
        assert_eq!(between(Some("a"), Some("a")), None);
        assert_eq!(between(Some("b"), Some("a")), None);
        assert_eq!(between(Some("ab"), Some("a")), None);
    }

    #[test]
    fn nothing_is_too_close_until_a_text_is_as_long_as_it_can_be() {
        for (lower, upper) in [
            ("a", "a-0"),
            ("a", "a---------0"),
            ("zzzz", "zzzz-0"),
            ("azzz", "b"),
            (
                "0192f0c1-2345-7000-8000-000000000000",
                "0192f0c1-2345-7000-8000-000000000001",
            ),
        ] {
            checked(Some(lower), Some(upper));
        }
        checked(None, Some("---------0"));
        checked(None, None);
        let (lower, upper) = ("z".repeat(1_000), format!("{}0", "-".repeat(999)));
        assert_eq!(between(Some(&lower), None), None);
        assert_eq!(between(None, Some(&upper)), None);
    }

    #[test]
    fn an_item_at_the_end_is_before_those_that_are_created_later() {
        let mut last = "0192f0c1-2345-7000-8000-ffffffffffff".to_owned();
        for _ in 0..MOVES {
            last = checked(Some(&last), None);
        }
        assert!(last.as_str() < "0192f0c1-2345-7000-8001-000000000000");
        assert!(last.len() <= LONGEST, "{last}");
    }

    #[test]
    fn an_item_at_the_front_is_after_those_that_were_created_earlier() {
        let mut first = "0192f0c1-2345-7000-8001-000000000000".to_owned();
        for _ in 0..MOVES {
            first = checked(None, Some(&first));
        }
        assert!(first.as_str() > "0192f0c1-2345-7000-8000-ffffffffffff");
        assert!(first.len() <= LONGEST, "{first}");
        assert_eq!(between(None, Some("---0")), Some("----zzy9".to_owned()));
    }

    #[test]
    fn moves_to_the_same_place_keep_texts_short() {
        for ids in (0..5).map(|_| ids(2)) {
            let [first, second] = &ids[..] else {
                panic!("{ids:?}");
            };
            let (mut after, mut before) = (second.clone(), first.clone());
            let (mut front, mut end) = (first.clone(), second.clone());
            for _ in 0..MOVES {
                after = checked(Some(first), Some(&after));
                before = checked(Some(&before), Some(second));
                front = checked(None, Some(&front));
                end = checked(Some(&end), None);
                for text in [&after, &before, &front, &end] {
                    assert!(text.len() <= LONGEST, "{text}");
                }
            }
        }
    }

    #[test]
    fn moves_to_places_all_over_the_list_keep_texts_short() {
        let mut items = ids(100);
        // A linear congruential generator: the same places in each run.
        let mut state = 1_u64;
        let mut chosen = |count: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % count
        };
        let mut longest = 0;
        for _ in 0..MOVES {
            items.remove(chosen(items.len()));
            let place = chosen(items.len() + 1);
            let lower = place.checked_sub(1).map(|place| items[place].as_str());
            let text = checked(lower, items.get(place).map(String::as_str));
            longest = longest.max(text.len());
            items.insert(place, text);
        }
        assert!(longest <= LONGEST, "{longest}");
        for _ in 0..MOVES {
            let place = chosen(items.len() + 1);
            let lower = place.checked_sub(1).map(|place| items[place].as_str());
            let text = checked(lower, items.get(place).map(String::as_str));
            longest = longest.max(text.len());
            items.insert(place, text);
        }
        assert!(longest <= LONGEST, "{longest}");
        assert!(items.is_sorted());
    }

    fn position() -> impl Strategy<Value = String> {
        let short = "[-0-2y-z]{0,12}[0-2y-z]";
        let any = "[-0-9a-z]{0,60}[0-9a-z]";
        prop_oneof![short, any]
    }

    proptest! {
        #[test]
        fn a_position_is_strictly_between_any_two(one in position(), other in position()) {
            prop_assume!(one != other);
            let (lower, upper) = if one < other { (one, other) } else { (other, one) };
            checked(Some(&lower), Some(&upper));
            checked(None, Some(&lower));
            checked(Some(&upper), None);
        }

        #[test]
        fn the_order_of_positions_is_that_of_a_list(
            moves in prop::collection::vec((any::<Index>(), any::<Index>()), 0..200),
        ) {
            let mut items: Vec<_> = ids(10).into_iter().enumerate().collect();
            for (from, to) in moves {
                let (item, _) = items.remove(from.index(items.len()));
                let place = to.index(items.len() + 1);
                let lower = place.checked_sub(1).map(|place| items[place].1.as_str());
                let upper = items.get(place).map(|(_, position)| position.as_str());
                let position = checked(lower, upper);
                items.insert(place, (item, position));
            }
            let mut sorted = items.clone();
            sorted.sort_by(|(_, one), (_, other)| one.cmp(other));
            prop_assert_eq!(sorted, items);
        }
    }
}
