use super::*;
use crate::db::Timestamp;
use crate::items::TaskRow;

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

fn ordered(date_order: DateOrder) -> Preferences {
    Preferences {
        date_order,
        ..Preferences::default()
    }
}

#[test]
fn a_day_has_the_form_that_the_user_prefers() {
    let today = date("2026-11-26");
    for (day, order, expected) in [
        (
            "2026-11-27",
            DateOrder::DayMonthYear,
            "Fri 27 Nov · Tomorrow",
        ),
        ("2026-11-26", DateOrder::MonthDayYear, "Thu Nov 26 · Today"),
        (
            "2026-11-25",
            DateOrder::YearMonthDay,
            "Wed 2026-11-25 · Yesterday",
        ),
        ("2027-01-04", DateOrder::DayMonthYear, "Mon 4 Jan 2027"),
        ("2027-01-04", DateOrder::MonthDayYear, "Mon Jan 4, 2027"),
        ("2026-12-05", DateOrder::MonthDayYear, "Sat Dec 5"),
    ] {
        assert_eq!(day_heading(date(day), today, &ordered(order)), expected);
    }
    assert_eq!(
        day_heading(Date::MAX, Date::MAX, &ordered(DateOrder::YearMonthDay)),
        "Fri 9999-12-31 · Today"
    );
}

fn viewpoint(by: Grouping) -> Viewpoint {
    let named = |id: &str, place, name: &str| (id.to_owned(), (place, name.to_owned()));
    Viewpoint {
        by,
        of_completion: false,
        zone: Zone::UTC,
        today: date("2026-11-27"),
        preferences: ordered(DateOrder::DayMonthYear),
        projects: [named("home", 1, "Home"), named("work", 0, "Work")].into(),
        sections: [named("beds", 2, "Beds"), named("shed", 1, "Shed")].into(),
        active: vec!["shed".into()],
        is_of_one_project: false,
    }
}

/// Returns the headings with the ids of their tasks.
fn shown(viewpoint: &Viewpoint, rows: &[TaskRow]) -> Vec<(String, String)> {
    let tasks = rows.iter().cloned().map(Task::from).collect();
    let groups = grouped(tasks, |task| viewpoint.keys(task)).into_iter();
    groups
        .map(|(key, tasks)| {
            let ids: Vec<String> = tasks.into_iter().map(|placed| placed.task.id).collect();
            (viewpoint.heading(&key).unwrap_or_default(), ids.concat())
        })
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = expected.iter();
    own.map(|(one, other)| ((*one).to_owned(), (*other).to_owned()))
        .collect()
}

#[test]
fn groups_keep_the_order_of_the_list() {
    let row = |id: &str, change: fn(&mut TaskRow)| {
        let mut row = TaskRow::example("home", id);
        change(&mut row);
        row
    };
    let rows = [
        row("a", |row| row.due = Some("2026-11-28".into())),
        row("b", |row| row.priority = 2),
        row("c", |row| row.due = Some("2026-11-01".into())),
        row("d", |row| {
            row.deadline = Some("2026-11-27".into());
            row.due = Some("2026-12-24T09:00".into());
            row.project_id = "work".into();
        }),
        row("e", |row| {
            row.section_id = Some("beds".into());
            row.priority = 2;
        }),
        row("f", |row| row.section_id = Some("shed".into())),
        row("g", |row| row.due = Some("2026-11-02".into())),
        row("h", |row| {
            row.due = Some("2026-11-02".into());
            row.completed_at = Some(Timestamp(0));
            row.project_id = "gone".into();
        }),
    ];
    let of = |by| shown(&viewpoint(by), &rows);
    assert_eq!(of(Grouping::None), pairs(&[("", "abcdefgh")]));
    let days = [
        ("Overdue", "cg"),
        ("Mon 2 Nov", "h"),
        ("Fri 27 Nov · Today", "d"),
        ("Sat 28 Nov · Tomorrow", "a"),
        ("No date", "bef"),
    ];
    assert_eq!(of(Grouping::Date), pairs(&days));
    let priorities = [("Priority 2", "be"), ("No priority", "acdfgh")];
    assert_eq!(of(Grouping::Priority), pairs(&priorities));
    let places = [
        ("Work", "d"),
        ("Home", "abcg"),
        ("Home / Shed", "f"),
        ("Home / Beds", "e"),
        ("Archived project", "h"),
    ];
    assert_eq!(of(Grouping::Section), pairs(&places));
    assert_eq!(of(Grouping::Label), pairs(&[("No label", "abcdefgh")]));
    let completion = Viewpoint {
        of_completion: true,
        ..viewpoint(Grouping::Date)
    };
    let groups = [("Thu 1 Jan 1970", "h"), ("Open", "abcdefg")];
    assert_eq!(shown(&completion, &rows), pairs(&groups));
}

#[test]
fn a_task_is_in_the_group_of_each_label() {
    let labelled = |id: &str, labels: &str| TaskRow {
        labels: Some(labels.to_owned()),
        ..TaskRow::example("home", id)
    };
    let rows = [
        labelled("a", r#"["zeal", "Dust", "phone"]"#),
        labelled("b", r#"["dust"]"#),
        TaskRow::example("home", "c"),
    ];
    let groups = grouped(rows.map(Task::from).into(), |task| {
        viewpoint(Grouping::Label).keys(task)
    });
    let shown = groups.into_values().map(|tasks| {
        let names = tasks.into_iter();
        let names = names.map(|placed| format!("{}{:?}", placed.task.id, placed.copy));
        names.collect::<String>()
    });
    // Groups in their order, and only the first row of a task has no number.
    let expected = ["aNone", "bNone", "aSome(2)", "aSome(3)", "cNone"];
    assert_eq!(shown.collect::<Vec<_>>(), expected);
}

#[test]
fn a_board_has_columns_without_tasks() {
    let headings = |by, project: Option<&str>| {
        let viewpoint = viewpoint(by);
        let usual = viewpoint.usual(project).into_iter();
        usual
            .filter_map(|key| viewpoint.heading(&key))
            .collect::<Vec<_>>()
    };
    assert_eq!(headings(Grouping::Priority, None).len(), 4);
    assert_eq!(headings(Grouping::Date, None).len(), 7);
    // Archived sections have a column only with tasks.
    let places = headings(Grouping::Section, Some("home"));
    assert_eq!(places, ["Home", "Home / Shed"]);
    assert!(headings(Grouping::Label, None).is_empty());
}

#[test]
fn a_group_says_what_its_tasks_have_in_common() {
    let url = |key: &Key| {
        let common = [["project", "home"], ["next", "/x?y=1"]].map(|pair| pair.map(str::to_owned));
        new_task_url(&common, &viewpoint(Grouping::None).fields(key)).unwrap_or_default()
    };
    for (key, expected) in [
        (
            Key::Day(date("2026-11-28")),
            "/tasks/new?due=2026-11-28&project=home&next=%2Fx%3Fy%3D1",
        ),
        (Key::Day(date("2026-11-01")), ""),
        (Key::NoDay, ""),
        (Key::Priority(1), ""),
        (
            Key::Place((0, 0), "work".into(), None),
            "/tasks/new?project=work&next=%2Fx%3Fy%3D1",
        ),
        (
            Key::Label("a b".into(), "A b".into()),
            "/tasks/new?label=A+b&project=home&next=%2Fx%3Fy%3D1",
        ),
    ] {
        assert_eq!(url(&key), expected);
    }
    assert_eq!(
        Key::Label("a b".into(), String::new()).name(),
        "label-a%20b"
    );
}
