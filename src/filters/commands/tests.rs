use super::*;
use crate::access::Role;
use crate::db::Timestamp;
use crate::error::Code;
use crate::filters::{FilterMove, FilterPatch, NewFilter};
use crate::items::Colour;
use crate::work::{Command, testing};

const ADA: &str = "0192f0c1-0000-7000-8000-00000000ada0";
const EVE: &str = "0192f0c1-0000-7000-8000-0000000000e0";
const NEW: &str = "0192f0c1-0000-7000-8000-0000000000ff";
const VERSION: i64 = 2_000;

fn id(number: u32) -> String {
    format!("0192f0c1-0000-7000-8000-{number:012}")
}

fn row(inbox: &str, number: u32) -> FilterRow {
    FilterRow {
        project_id: inbox.into(),
        id: id(number),
        name: format!("Filter {number}"),
        expression: "today & p1".into(),
        colour: "red".into(),
        position: None,
        favourite: true,
        change_id: None,
        created_at: Timestamp(1),
        updated_at: Timestamp(1),
        version: VERSION,
    }
}

/// Returns Ada's Inbox with two filters, and Eve's with one.
fn world() -> World {
    let mut world = World::default();
    world.with_project(ADA, ADA, Role::Owner, VERSION);
    world.with_project(EVE, EVE, Role::Owner, VERSION);
    for filter in [row(ADA, 1), row(ADA, 2), row(EVE, 3)] {
        world.with_item(&filter);
    }
    world
}

fn run(world: &mut World, command: &impl Command<Outcome = Filter>) -> Result<Filter, Error> {
    let context = testing::context(ADA, NEW, 1_000);
    world.run(&context, command).map(|(filter, _)| filter)
}

fn refusal(command: &impl Command<Outcome = Filter>) -> Error {
    run(&mut world(), command).expect_err("the command is allowed")
}

fn new(name: &str) -> NewFilter {
    NewFilter {
        name: name.into(),
        expression: " today &  p1 ".into(),
        ..NewFilter::default()
    }
}

#[test]
fn filters_are_created_up_to_a_limit() {
    let mut world = world();
    let command = CreateFilter::new(ADA, new(" Urgent ")).expect("valid");
    let filter = run(&mut world, &command).expect("created");
    assert_eq!((filter.id.as_str(), filter.name.as_str()), (NEW, "Urgent"));
    assert_eq!(filter.expression, " today &  p1 ");
    assert_eq!((filter.colour, filter.favourite), (Colour::Grey, false));
    let error = run(&mut world, &command).expect_err("one too many");
    assert_eq!(error.fields()[0].code, Code::TooMany);
    let wrong = NewFilter {
        expression: "today & ".into(),
        ..new("Urgent")
    };
    let error = CreateFilter::new(ADA, wrong).err().expect("a mistake");
    let fields = error.fields();
    assert_eq!(
        (fields[0].field.as_str(), fields[0].position),
        ("expression", Some(9))
    );
}

#[test]
fn a_patch_keeps_what_it_omits_and_a_replacement_resets_it() {
    let mut world = world();
    let patch = FilterPatch {
        expression: Some("p2".into()),
        ..FilterPatch::default()
    };
    let patch = |version| UpdateFilter::new(&id(1), patch.clone(), version).expect("valid");
    let filter = run(&mut world, &patch(Expected::OneOf(vec![VERSION]))).expect("changed");
    assert_eq!(
        (filter.expression.as_str(), filter.colour),
        ("p2", Colour::Red)
    );
    assert!(filter.version > VERSION);
    // The same change again is none.
    let again = run(&mut world, &patch(Expected::Any)).expect("unchanged");
    assert_eq!(again.version, filter.version);
    let stale = patch(Expected::OneOf(vec![VERSION]));
    assert!(matches!(run(&mut world, &stale), Err(Error::Stale)));
    let replace = UpdateFilter::replace(&id(1), new("Other"), Expected::Any).expect("valid");
    let filter = run(&mut world, &replace).expect("replaced");
    assert_eq!(
        (filter.name.as_str(), filter.colour),
        ("Other", Colour::Grey)
    );
    assert!(!filter.favourite);
}

#[test]
fn filters_of_others_do_not_exist() {
    for number in [3, 4] {
        let patch = FilterPatch::default();
        let update = UpdateFilter::new(&id(number), patch, Expected::Any).expect("valid");
        assert!(matches!(refusal(&update), Error::NotFound));
        let delete = DeleteFilter::new(&id(number), Expected::Any);
        assert!(matches!(refusal(&delete), Error::NotFound));
        let moved = FilterMove {
            after: Some(id(number)),
            before: None,
        };
        let moved = MoveFilter::new(ADA, &id(1), moved, Expected::Any).expect("valid");
        assert_eq!(refusal(&moved).fields()[0].field, "after");
    }
}

#[test]
fn a_filter_moves_between_others_and_goes_to_the_trash() {
    let mut world = world();
    let moved = FilterMove {
        before: Some(id(1)),
        after: None,
    };
    let moved = MoveFilter::new(ADA, &id(2), moved, Expected::Any).expect("valid");
    let filter = run(&mut world, &moved).expect("moved");
    assert!(filter.position < id(1));
    let delete = DeleteFilter::new(&id(2), Expected::Any);
    run(&mut world, &delete).expect("deleted");
    assert_eq!(world.trash_of(ADA, &id(2)).len(), 1);
    assert_eq!(world.items_of::<FilterRow>(ADA).expect("filters").len(), 1);
}
