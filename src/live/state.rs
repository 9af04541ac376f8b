//! The knowledge of one stream: the projects of its user, and the change that it has to tell next.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Notice;

/// A project of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub version: i64,
    /// False if the project is in the trash.
    pub visible: bool,
}

/// A change that the stream has to tell. Several become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pending {
    /// Something has changed.
    pub changed: bool,
    /// Something has changed that the client has not done itself.
    pub foreign: bool,
    /// The projects must be read again.
    pub unread: bool,
    /// The stream must end.
    pub ended: bool,
}

/// The state of a stream.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The name that the client has given itself.
    client: Option<String>,
    projects: BTreeMap<Uuid, Known>,
    /// Projects that are to be read, with the version and the client of their notice.
    expected: BTreeMap<Uuid, (i64, Option<String>)>,
    pending: Pending,
}

impl Pending {
    pub fn is_any(self) -> bool {
        self != Pending::default()
    }
}

impl State {
    pub fn new(client: Option<String>) -> State {
        State {
            client,
            ..State::default()
        }
    }

    /// Returns the version of everything that the user sees, as the access rule computes it.
    pub fn version(&self) -> i64 {
        let visible = self.projects.values().filter(|known| known.visible);
        visible.fold(0, |sum, known| sum.wrapping_add(known.version))
    }

    /// Returns the ids of the projects.
    pub fn projects(&self) -> impl Iterator<Item = Uuid> {
        self.projects.keys().copied()
    }

    pub fn pending(&self) -> Pending {
        self.pending
    }

    pub fn take_pending(&mut self) -> Pending {
        std::mem::take(&mut self.pending)
    }

    pub fn end(&mut self) {
        self.pending.ended = true;
    }

    /// Notes that the projects must be read again.
    pub fn forget(&mut self) {
        self.pending.unread = true;
    }

    /// Notes a change. Returns true if the stream has to tell it. A version that is known comes from
    /// another way of the same notice, or from a reading of the projects.
    pub fn note(&mut self, notice: &Notice) -> bool {
        match notice {
            Notice::Membership {
                project_id,
                version,
                client,
                ..
            } => {
                // The notice can be an old one, of a project that is gone.
                let is_new = !self.projects.contains_key(project_id);
                if is_new {
                    let expected = (*version, client.clone());
                    self.expected.insert(*project_id, expected);
                    self.forget();
                }
                is_new
            }
            Notice::Project {
                id,
                from,
                to,
                client,
                visibility,
            } => {
                let Some(known) = self.projects.get_mut(id) else {
                    return false;
                };
                if *to <= known.version {
                    return false;
                }
                // A change in between, of which no notice has come yet, is not the client's own.
                let is_gapless = *from <= known.version;
                known.version = *to;
                self.tell(client.as_deref().filter(|_| is_gapless));
                self.pending.unread |= visibility;
                true
            }
        }
    }

    /// Notes that the stream has to tell a change of this client.
    fn tell(&mut self, client: Option<&str>) {
        let is_own = client.is_some() && client == self.client.as_deref();
        self.pending.changed = true;
        self.pending.foreign |= !is_own;
    }

    /// Takes over the projects of the user as they have been read. Returns the ids that are new and
    /// those that are gone.
    pub fn replace(&mut self, read: &BTreeMap<Uuid, Known>) -> (Vec<Uuid>, Vec<Uuid>) {
        let known = self.projects.keys();
        let gone: Vec<Uuid> = known.filter(|id| !read.contains_key(id)).copied().collect();
        for id in &gone {
            if self.projects.remove(id).is_some_and(|known| known.visible) {
                self.tell(None);
            }
        }
        let mut new = Vec::new();
        for (id, read) in read {
            match self.projects.get_mut(id) {
                Some(known) => {
                    let before = *known;
                    // A notice may have come since the projects were read.
                    known.version = known.version.max(read.version);
                    known.visible = read.visible;
                    if *known != before {
                        self.tell(None);
                    }
                }
                None => {
                    self.projects.insert(*id, *read);
                    new.push(*id);
                    let expected = self.expected.remove(id);
                    // A later version has been made by someone else.
                    let made = expected.filter(|(version, _)| *version == read.version);
                    self.tell(made.and_then(|(_, client)| client).as_deref());
                }
            }
        }
        if !self.pending.unread {
            self.expected.clear();
        }
        (new, gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(version: i64) -> Known {
        Known {
            version,
            visible: true,
        }
    }

    fn change(from: i64, to: i64, client: Option<&str>) -> Notice {
        Notice::Project {
            id: Uuid::from_u128(1),
            from,
            to,
            client: client.map(str::to_owned),
            visibility: false,
        }
    }

    fn state() -> State {
        let mut state = State::new(Some("tab".into()));
        let projects = [
            (Uuid::from_u128(1), known(10)),
            (Uuid::from_u128(2), known(5)),
        ];
        state.replace(&BTreeMap::from(projects));
        state.take_pending();
        state
    }

    #[test]
    fn a_change_is_told_once() {
        let mut state = state();
        assert!(state.note(&change(10, 11, None)));
        assert!(!state.note(&change(10, 11, None)));
        assert!(!state.note(&change(9, 10, None)));
        assert_eq!(state.version(), 16);
        let pending = state.take_pending();
        assert!(pending.changed && pending.foreign);
        assert!(!state.take_pending().is_any());
    }

    #[test]
    fn a_change_of_a_project_of_others_is_not_told() {
        let mut state = state();
        let notice = Notice::Project {
            id: Uuid::from_u128(3),
            from: 0,
            to: 99,
            client: None,
            visibility: true,
        };
        assert!(!state.note(&notice));
        assert!(!state.pending().is_any());
    }

    #[test]
    fn own_changes_are_known_unless_another_came_between() {
        let mut state = state();
        state.note(&change(10, 12, Some("tab")));
        assert!(!state.take_pending().foreign);
        // The notice from 12 to 13 comes later than this one.
        state.note(&change(13, 14, Some("tab")));
        assert!(state.take_pending().foreign);
        assert!(!state.note(&change(12, 13, Some("other"))));
        state.note(&change(14, 15, Some("other")));
        assert!(state.take_pending().foreign);
    }

    #[test]
    fn a_project_in_the_trash_counts_when_it_is_back() {
        let mut state = state();
        let hidden = Known {
            version: 6,
            visible: false,
        };
        let one = (Uuid::from_u128(1), known(10));
        let projects = BTreeMap::from([one, (Uuid::from_u128(2), hidden)]);
        assert_eq!(state.replace(&projects), (vec![], vec![]));
        assert_eq!(state.version(), 10);
        assert!(state.take_pending().foreign);
        let (new, gone) = state.replace(&BTreeMap::from([one, (Uuid::from_u128(3), known(7))]));
        assert_eq!(new, [Uuid::from_u128(3)]);
        assert_eq!(gone, [Uuid::from_u128(2)]);
        assert_eq!(state.version(), 17);
    }

    #[test]
    fn a_new_project_is_read_after_its_notice() {
        let notice = |client: &str| Notice::Membership {
            user_id: Uuid::from_u128(9),
            project_id: Uuid::from_u128(3),
            version: 7,
            client: Some(client.to_owned()),
        };
        for (client, version, is_foreign) in
            [("tab", 7, false), ("other", 7, true), ("tab", 8, true)]
        {
            let mut state = state();
            assert!(state.note(&notice(client)));
            assert!(state.take_pending().unread);
            let mut projects = state.projects.clone();
            projects.insert(Uuid::from_u128(3), known(version));
            assert_eq!(state.replace(&projects).0, [Uuid::from_u128(3)]);
            let pending = state.take_pending();
            assert!(pending.changed);
            assert_eq!(pending.foreign, is_foreign, "{client} {version}");
            assert!(!state.note(&notice(client)));
        }
    }

    #[test]
    fn a_notice_that_came_since_the_reading_counts() {
        let mut state = state();
        state.note(&change(10, 20, None));
        state.replace(&BTreeMap::from([(Uuid::from_u128(1), known(10))]));
        assert_eq!(state.version(), 20);
    }
}
