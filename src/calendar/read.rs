//! The template values of a calendar.

use std::collections::BTreeMap;

use serde::Serialize;

use super::CalendarQuery;
use super::entries::{Entry, Viewpoint};
use super::names::{name_of, words};
use super::span::Span;
use crate::auth::User;
use crate::db::{Db, Timestamp};
use crate::error::Error;
use crate::projects::{self, Project};
use crate::tasks::arrange::{Arrangement, day_heading};
use crate::tasks::queries::{self, Day, Days};
use crate::tasks::{Row, Selection, Sort, Status, Task, TaskFilter, name_rows, rows};
use crate::ui::Part;
use crate::when::{Date, short_weekday, weekday};

/// Maximum number of entries of a day of a month.
const MOST_OF_MONTH: usize = 4;

/// Maximum number of entries of a day of a week, and of tasks in the list of a day.
const MOST_OF_DAY: usize = 50;

/// Maximum number of tasks without a date.
const MOST_UNDATED: u32 = 30;

/// Maximum number of tasks that are read for deadlines and for series.
const MOST_MARKS: u32 = 200;

/// The calendar that is asked for.
pub struct Asked<'a> {
    /// The path of its page.
    pub path: &'a str,
    /// The arrangement in its query.
    pub arrangement: Arrangement,
    /// The part to show.
    pub query: &'a CalendarQuery,
    /// The project. `None` for all projects.
    pub project: Option<&'a Project>,
}

/// The template values of a calendar.
#[derive(Serialize)]
pub struct Calendar {
    name: String,
    /// `month` or `week`.
    span: &'static str,
    month_url: String,
    week_url: String,
    today_url: String,
    previous_url: Option<String>,
    next_url: Option<String>,
    /// The names of the days of a week, and their beginnings.
    weekdays: Vec<[String; 2]>,
    weeks: Vec<Week>,
    list: DayList,
    undated: Vec<Part<Row>>,
    /// The page of all tasks without a date, if there are more.
    undated_url: Option<String>,
}

#[derive(Serialize)]
struct Week {
    name: String,
    /// The last part of the name.
    number: String,
    url: String,
    days: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    date: String,
    number: i8,
    /// The day in words.
    label: String,
    is_today: bool,
    /// True for a day of another month.
    is_outside: bool,
    is_listed: bool,
    url: String,
    add_url: String,
    entries: Vec<Entry>,
    /// Number of entries that are left out.
    more: usize,
}

/// All tasks of a day.
#[derive(Serialize)]
struct DayList {
    heading: String,
    /// True if the request names the day.
    is_asked: bool,
    add_url: String,
    tasks: Vec<Row>,
    /// Entries besides those of the tasks.
    others: Vec<Entry>,
}

/// Reads a calendar.
///
/// # Errors
/// [`Error::Invalid`] if the query names no month or week.
pub async fn calendar(db: &Db, user: &User, asked: &Asked<'_>) -> Result<Calendar, Error> {
    let now = Timestamp::now();
    let (zone, start) = (user.preferences.time_zone, user.preferences.week_start);
    let today = user.today();
    let language = user.language();
    let span = span_of(asked.query, today)?;
    let weeks = span.weeks(start);
    let mut all = weeks.iter().flatten();
    let (first, last) = match (all.next(), all.next_back()) {
        (Some(first), last) => (*first, *last.unwrap_or(first)),
        _ => (today, today),
    };
    let before = last.plus_days(1);
    let project_id = asked.project.map(|project| project.id.as_str());
    let range = |from, before, most_of_each| Days {
        zone,
        from,
        before,
        most_of_each,
        project_id,
    };
    let most = match span {
        Span::Month(..) => MOST_OF_MONTH,
        Span::Week(_) => MOST_OF_DAY,
    };
    let days = queries::days(db, &user.id, &range(first, before, most)).await?;
    let projects = match asked.project {
        Some(_) => Vec::new(),
        None => projects::queries::shown(db, &user.id, language).await?,
    };
    let viewpoint = Viewpoint {
        preferences: &user.preferences,
        now,
        colours: projects
            .iter()
            .map(|project| (project.id.clone(), project.colour))
            .collect(),
    };
    let others = others(db, user, asked, &viewpoint, (first, before)).await?;
    let listed = match asked.query.day {
        Some(day) => day,
        None if span.contains(today) && weeks.iter().flatten().any(|day| *day == today) => today,
        None => weeks
            .iter()
            .flatten()
            .copied()
            .find(|day| span.contains(*day))
            .unwrap_or(first),
    };
    let is_read = |day: &Day| day.count == day.tasks.len();
    let of_day = match days.get(&listed) {
        Some(day) if is_read(day) => day.tasks.clone(),
        None if (first..before).contains(&listed) => Vec::new(),
        _ => {
            let next = listed.plus_days(1);
            let mut found = queries::days(db, &user.id, &range(listed, next, MOST_OF_DAY)).await?;
            found.remove(&listed).unwrap_or_default().tasks
        }
    };
    let mut tasks = rows(user, of_day);
    name_rows(&projects, &mut tasks);
    let (mut undated, undated_url) = undated(db, user, asked, now).await?;
    name_rows(&projects, &mut undated);
    let here = asked.url(span, None)?;
    let add_url = |day: Date| asked.add_url(day, &here);
    let cell = |day: Date| -> Result<Cell, Error> {
        let tasks = days.get(&day);
        let own = tasks
            .map(|found| found.tasks.as_slice())
            .unwrap_or_default();
        let own = own.iter().map(|task| viewpoint.of_day(task, day));
        let others = others.get(&day).cloned().unwrap_or_default();
        let count = tasks.map_or(0, |found| found.count) + others.len();
        let entries: Vec<Entry> = own.chain(others).take(most).collect();
        Ok(Cell {
            number: day.day(),
            label: words(day, language),
            is_today: day == today,
            is_outside: !span.contains(day),
            is_listed: day == listed,
            url: asked.url(span, Some(day))?,
            add_url: add_url(day)?,
            more: count - entries.len(),
            entries,
            date: day.to_string(),
        })
    };
    let [previous, next] = span.neighbours();
    let url = |span: Option<Span>| span.map(|span| asked.url(span, None)).transpose();
    Ok(Calendar {
        name: name_of(span, first, last, language),
        span: span.parameter().0,
        month_url: asked.url(Span::month_of(span.first().unwrap_or(today)), None)?,
        week_url: asked.url(Span::week_of(listed, start), None)?,
        today_url: asked.url(
            match span {
                Span::Month(..) => Span::month_of(today),
                Span::Week(_) => Span::week_of(today, start),
            },
            None,
        )?,
        previous_url: url(previous)?,
        next_url: url(next)?,
        weekdays: weeks
            .first()
            .map(|week| {
                week.iter()
                    .map(|day| [weekday(*day, language), short_weekday(*day, language)])
                    .collect()
            })
            .unwrap_or_default(),
        list: DayList {
            heading: day_heading(listed, today, &user.preferences),
            is_asked: asked.query.day.is_some(),
            add_url: add_url(listed)?,
            tasks: tasks.into_iter().map(|Part(row)| row).collect(),
            others: others.get(&listed).cloned().unwrap_or_default(),
        },
        weeks: weeks
            .iter()
            .map(|days| {
                let week = Span::week_of(days[0], start);
                let (_, name) = week.parameter();
                Ok(Week {
                    number: name
                        .split_once("-W")
                        .map_or("", |(_, week)| week)
                        .to_owned(),
                    name,
                    url: asked.url(week, None)?,
                    days: days
                        .iter()
                        .map(|day| cell(*day))
                        .collect::<Result<_, Error>>()?,
                })
            })
            .collect::<Result<_, Error>>()?,
        undated,
        undated_url,
    })
}

/// Returns the deadlines of tasks that are due before, and the later dates of those that repeat.
async fn others(
    db: &Db,
    user: &User,
    asked: &Asked<'_>,
    viewpoint: &Viewpoint<'_>,
    (from, before): (Date, Date),
) -> Result<BTreeMap<Date, Vec<Entry>>, Error> {
    let deadlines = TaskFilter {
        deadline_from: Some(from),
        deadline_before: Some(before),
        sort: Sort::Deadline,
        limit: Some(MOST_MARKS),
        ..asked.filter()
    };
    let deadlines = queries::list(db, &user.id, &deadlines).await?.items;
    let mut found = viewpoint.deadlines(&deadlines);
    let repeating = TaskFilter {
        filter: Some("recurring".to_owned()),
        // In another zone, the day can be a later one.
        due_before: Some(before.plus_days(2)),
        sort: Sort::Due,
        limit: Some(MOST_MARKS),
        ..asked.filter()
    };
    let repeating = Selection::new(user, repeating, viewpoint.now)?;
    let repeating: Vec<Task> = queries::select(db, &user.id, &repeating).await?.items;
    for (day, entries) in viewpoint.coming(&repeating, from, before) {
        found.entry(day).or_default().extend(entries);
    }
    Ok(found)
}

/// Returns the first tasks without a date, and the page of all if there are more.
async fn undated(
    db: &Db,
    user: &User,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Result<(Vec<Part<Row>>, Option<String>), Error> {
    let filter = TaskFilter {
        filter: Some("no date".to_owned()),
        limit: Some(MOST_UNDATED),
        ..asked.filter()
    };
    let selection = Selection::new(user, filter, now)?;
    let found = queries::select(db, &user.id, &selection).await?;
    let url = match asked.project {
        Some(project) => format!("/projects/{}?layout=list&group=date", project.id),
        None => "/search?q=no+date&status=open".to_owned(),
    };
    Ok((rows(user, found.items), found.next_cursor.map(|_| url)))
}

impl Asked<'_> {
    /// The filter of the calendar's tasks.
    fn filter(&self) -> TaskFilter {
        TaskFilter {
            status: Some(Status::Open),
            project: self.project.map(|project| project.id.clone()),
            sort: Sort::CreatedAtDescending,
            ..TaskFilter::default()
        }
    }

    fn url(&self, span: Span, day: Option<Date>) -> Result<String, Error> {
        let (name, value) = span.parameter();
        let mut pairs = vec![(name, value)];
        pairs.extend(day.map(|day| ("day", day.to_string())));
        self.arrangement.url(self.path, &pairs)
    }

    fn add_url(&self, day: Date, next: &str) -> Result<String, Error> {
        let mut pairs = vec![("due", day.to_string()), ("next", next.to_owned())];
        let project = self.project.filter(|project| !project.inbox);
        pairs.extend(project.map(|project| ("project", project.id.clone())));
        Arrangement::default().url("/tasks/new", &pairs)
    }
}

fn span_of(query: &CalendarQuery, today: Date) -> Result<Span, Error> {
    match (&query.week, &query.month) {
        (Some(week), _) => Span::parse_week(week),
        (None, Some(month)) => Span::parse_month(month),
        (None, None) => Ok(Span::month_of(query.day.unwrap_or(today))),
    }
}
