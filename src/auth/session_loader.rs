//! The users of live sessions. Each request asks the database, so that a session that ends on any node
//! ends everywhere at once; requests that come at the same time share a statement.

use crate::access::visible_version;
use crate::appearance::Appearance;
use crate::db::{Engine, Lookup, Pool, Sql, Timestamp};
use crate::error::Error;
use crate::when::Preferences;

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
    /// The arrangements that views keep.
    pub view_settings: Option<String>,
    /// The time at which the account was created.
    pub created_at: Timestamp,
    /// The time of the last change of the profile.
    pub updated_at: Timestamp,
    /// The version of everything that the user has access to. Each change advances it.
    pub work_version: i64,
}

/// Defines the row of a query: its own columns, then [`user_columns`].
macro_rules! row_with_user {
    (struct $record:ident { $($field:ident: $type:ty,)+ }) => {
        $crate::db::row! {
            struct $record {
                $($field: $type,)+
                user_id: String,
                email: String,
                display_name: String,
                time_zone: $crate::when::Zone,
                week_start: $crate::when::WeekStart,
                date_order: $crate::when::DateOrder,
                clock: $crate::when::Clock,
                quick_add_style: $crate::when::words::Style,
                theme: $crate::appearance::Theme,
                density: $crate::appearance::Density,
                suggestions: $crate::appearance::Suggestions,
                language: $crate::appearance::LanguageChoice,
                view_settings: Option<String>,
                created_at: $crate::db::Timestamp,
                updated_at: $crate::db::Timestamp,
                work_version: i64,
            }
        }

        impl $record {
            fn into_user(self) -> $crate::auth::session_loader::LiveUser {
                $crate::auth::session_loader::LiveUser {
                    id: self.user_id,
                    email: self.email,
                    display_name: self.display_name,
                    preferences: $crate::when::Preferences {
                        time_zone: self.time_zone,
                        week_start: self.week_start,
                        date_order: self.date_order,
                        clock: self.clock,
                        quick_add_style: self.quick_add_style,
                        ..$crate::when::Preferences::default()
                    },
                    appearance: $crate::appearance::Appearance {
                        theme: self.theme,
                        density: self.density,
                        suggestions: self.suggestions,
                        language: self.language,
                    },
                    view_settings: self.view_settings,
                    created_at: self.created_at,
                    updated_at: self.updated_at,
                    work_version: self.work_version,
                }
            }
        }
    };
}

pub(super) use row_with_user;

row_with_user! {
    struct SessionRow {
        expires_at: Timestamp,
    }
}

/// The columns of a [`LiveUser`], of a row of `users`.
pub(super) fn user_columns(engine: Engine) -> Sql {
    Sql::new("users.id AS user_id, email, display_name, ")
        .push("time_zone, week_start, date_order, clock, quick_add_style, ")
        .push("theme, density, suggestions, language, view_settings, ")
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
    Ok(row.map(SessionRow::into_user))
}
