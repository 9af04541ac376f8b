//! The users of live sessions. Each request asks the database, so that a session that ends on any node
//! ends everywhere at once; requests that come at the same time share a statement.

use crate::access::visible_version;
use crate::appearance::{Appearance, Density, LanguageChoice, Suggestions, Theme};
use crate::db::{Engine, Lookup, Pool, Sql, Timestamp, row};
use crate::error::Error;
use crate::when::words::Style;
use crate::when::{Clock, DateOrder, Preferences, WeekStart, Zone};

/// The user of a live session or of an API token.
#[derive(Clone, Debug)]
pub struct LiveUser {
    /// The user's id.
    pub id: String,
    /// The e-mail address.
    pub email: String,
    /// The display name.
    pub display_name: String,
    /// The preferences for dates and times.
    pub preferences: Preferences,
    /// The preferences for the look of pages.
    pub appearance: Appearance,
    /// The time at which the account was created.
    pub created_at: Timestamp,
    /// The time of the last change of the profile.
    pub updated_at: Timestamp,
    /// The version of everything that the user has access to. Each change advances it.
    pub work_version: i64,
}

row! {
    struct SessionRow {
        expires_at: Timestamp,
        user_id: String,
        email: String,
        display_name: String,
        time_zone: Zone,
        week_start: WeekStart,
        date_order: DateOrder,
        clock: Clock,
        quick_add_style: Style,
        theme: Theme,
        density: Density,
        suggestions: Suggestions,
        language: LanguageChoice,
        created_at: Timestamp,
        updated_at: Timestamp,
        work_version: i64,
    }
}

/// The columns of a [`LiveUser`], of a row of `users`.
pub(super) fn user_columns(engine: Engine) -> Sql {
    Sql::new("users.id AS user_id, email, display_name, ")
        .push("time_zone, week_start, date_order, clock, quick_add_style, ")
        .push("theme, density, suggestions, language, ")
        .push("users.created_at AS created_at, users.updated_at AS updated_at, ")
        .append(visible_version(engine))
        .push(" AS work_version")
}

/// The user of a session, if the session lives and the account is not disabled.
///
/// # Errors
/// [`Error::Database`].
pub(super) async fn load_session(
    pool: &Pool,
    user_id: &str,
    session_id: &str,
) -> Result<Option<LiveUser>, Error> {
    // PostgreSQL would use an index of the other conditions, and read every session.
    let lookup = Lookup {
        columns: Sql::new("sessions.expires_at AS expires_at, ")
            .append(user_columns(pool.engine())),
        from: Sql::new(" FROM sessions JOIN users ON users.id = sessions.user_id")
            .push(" WHERE disabled = 0"),
        key: "sessions.id",
        value: session_id.to_owned(),
    };
    let rows: Vec<SessionRow> = pool.look_up(lookup).await?;
    let now = Timestamp::now();
    let row = rows.into_iter().next();
    let row = row.filter(|row| row.expires_at > now && row.user_id == user_id);
    Ok(row.map(|row| LiveUser {
        id: row.user_id,
        email: row.email,
        display_name: row.display_name,
        preferences: Preferences {
            time_zone: row.time_zone,
            week_start: row.week_start,
            date_order: row.date_order,
            clock: row.clock,
            quick_add_style: row.quick_add_style,
            ..Preferences::default()
        },
        appearance: Appearance {
            theme: row.theme,
            density: row.density,
            suggestions: row.suggestions,
            language: row.language,
        },
        created_at: row.created_at,
        updated_at: row.updated_at,
        work_version: row.work_version,
    }))
}
