use std::convert::Infallible;
use std::future::{pending, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::{Frame, SizeHint};
use rocket::futures::FutureExt;
use tokio::task::unconstrained;

use super::*;
use crate::listener::activity::Connections;

/// A body of chunks without a declared length, which never ends.
struct Chunks(Vec<usize>);

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.pop() {
            Some(length) => Poll::Ready(Some(Ok(Frame::data(vec![b'x'; length].into())))),
            None => Poll::Pending,
        }
    }
}

/// A body with a declared length and no bytes.
struct Promise(u64);

impl Body for Promise {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0)
    }
}

fn whole(length: usize) -> Full<Bytes> {
    Full::new(vec![b'x'; length].into())
}

/// Returns the result of a read. `None` if it would have to wait.
fn read_now<B: Body<Data = Bytes> + Unpin>(
    intake: &Intake,
    body: B,
    user_id: Option<&str>,
) -> Option<Read> {
    read_within(intake, body, Bounds::TEXT, user_id)
}

fn read_within<B: Body<Data = Bytes> + Unpin>(
    intake: &Intake,
    body: B,
    bounds: Bounds<'_>,
    user_id: Option<&str>,
) -> Option<Read> {
    let sender = user_id.map_or(Sender::Nobody, |id| Sender::User(id.to_owned()));
    let connection = Connections::new(1).enter();
    let read = intake.read(body, bounds, ready(sender), connection.activity());
    // Disables the cooperative budget, which could cause an additional yield.
    unconstrained(read).now_or_never()
}

const SMALL: usize = ANYONES_BYTES as usize;
const MOST: usize = MOST_BYTES as usize;

#[rocket::tokio::test]
async fn nobody_is_asked_for_the_sender_of_a_small_body() {
    let intake = Intake::new();
    let connection = Connections::new(1).enter();
    let read = intake.read(whole(SMALL), Bounds::TEXT, pending(), connection.activity());
    assert!(matches!(read.await, Read::Whole(Content::Bytes(bytes), None) if bytes.len() == SMALL));
}

#[rocket::tokio::test]
async fn a_large_body_of_a_stranger_is_not_read() {
    let intake = Intake::new();
    for body in [SMALL as u64 + 1, MOST_BYTES] {
        let read = read_now(&intake, Promise(body), None);
        assert!(matches!(read, Some(Read::Withheld)), "{body}");
    }
    let read = read_now(&intake, Chunks(vec![1, SMALL]), None);
    assert!(matches!(read, Some(Read::Withheld)));
    assert!(read_now(&intake, Chunks(vec![SMALL]), None).is_none());
}

#[rocket::tokio::test]
async fn what_is_too_large_is_not_waited_for() {
    let intake = Intake::new();
    for user_id in [None, Some("ada")] {
        let read = read_now(&intake, Promise(MOST_BYTES + 1), user_id);
        assert!(matches!(read, Some(Read::Broken(Error::TooLarge(_)))));
    }
    let read = read_now(&intake, Chunks(vec![1, MOST / 2, MOST / 2]), Some("ada"));
    assert!(matches!(read, Some(Read::Broken(Error::TooLarge(_)))));
}

#[rocket::tokio::test]
async fn a_large_body_holds_room_until_its_request_is_dealt_with() {
    let intake = Intake::new();
    let mut held = Vec::new();
    while let Some(Read::Whole(_, share)) = read_now(&intake, whole(MOST), Some("ada")) {
        held.push(share.expect("room"));
    }
    assert_eq!(held.len(), 4);
    assert!(read_now(&intake, whole(SMALL + 1), Some("ada")).is_none());
    for user in 0.. {
        let user = user.to_string();
        let Some(Read::Whole(_, share)) = read_now(&intake, whole(MOST), Some(&user)) else {
            break;
        };
        held.push(share.expect("room"));
    }
    assert_eq!(held.len(), 64);
    held.clear();
    assert!(read_now(&intake, whole(MOST), Some("ada")).is_some());
}

#[rocket::tokio::test]
async fn a_large_form_of_a_stranger_takes_no_room_of_users() {
    let intake = Intake::new();
    let form = async |address: &str| {
        let connection = Connections::new(1).enter();
        let sender = ready(Sender::Stranger(address.to_owned()));
        intake
            .read(whole(MOST), Bounds::TEXT, sender, connection.activity())
            .await
    };
    let mut held = Vec::new();
    for address in 0.. {
        let Read::Whole(_, share) = form(&address.to_string()).await else {
            break;
        };
        held.push(share.expect("room"));
        // An address has space for one form at a time.
        let second = form(&address.to_string()).await;
        assert!(matches!(second, Read::Withheld));
    }
    assert_eq!(held.len(), 8);
    assert!(read_now(&intake, whole(MOST), Some("ada")).is_some());
    held.clear();
    assert!(matches!(form("0").await, Read::Whole(..)));
}

const UPLOAD: usize = 4 << 20;

fn upload_bounds(directory: &Path) -> Bounds<'_> {
    Bounds {
        most: UPLOAD as u64,
        spool: Some(directory),
    }
}

async fn read_upload<B: Body<Data = Bytes> + Unpin>(
    intake: &Intake,
    body: B,
    directory: &Path,
    sender: Sender,
) -> Read {
    let connection = Connections::new(1).enter();
    let bounds = upload_bounds(directory);
    let read = intake.read(body, bounds, ready(sender), connection.activity());
    read.await
}

fn ada() -> Sender {
    Sender::User("ada".into())
}

#[tokio::test]
async fn an_upload_is_in_memory_up_to_64_kibibytes_and_then_in_a_file() {
    let intake = Intake::new();
    let directory = tempfile::tempdir().expect("a directory");
    for length in [1, SMALL, SPOOL_BYTES as usize] {
        let read = read_upload(&intake, whole(length), directory.path(), ada()).await;
        let Read::Whole(Content::Bytes(bytes), _) = read else {
            panic!("{length} bytes are in memory");
        };
        assert_eq!(bytes.len(), length);
    }
    for length in [SPOOL_BYTES as usize + 1, UPLOAD] {
        let read = read_upload(&intake, whole(length), directory.path(), ada()).await;
        let Read::Whole(Content::File(upload), Some(_)) = read else {
            panic!("{length} bytes are in a file");
        };
        assert_eq!(upload.length(), length as u64);
        // The file has no name in the directory.
        let mut names = directory.path().read_dir().expect("a directory");
        assert!(cfg!(windows) || names.next().is_none());
    }
}

#[tokio::test]
async fn an_upload_is_bounded_by_its_route() {
    let intake = Intake::new();
    let directory = tempfile::tempdir().expect("a directory");
    let half = UPLOAD / 2;
    let declared = read_upload(&intake, Promise(UPLOAD as u64 + 1), directory.path(), ada());
    assert!(matches!(declared.await, Read::Broken(Error::TooLarge(_))));
    let chunks = Chunks(vec![1, half, half]);
    let read = read_upload(&intake, chunks, directory.path(), ada()).await;
    assert!(matches!(read, Read::Broken(Error::TooLarge(_))));
}

#[tokio::test]
async fn an_upload_of_a_stranger_is_not_read() {
    let intake = Intake::new();
    let directory = tempfile::tempdir().expect("a directory");
    for sender in [Sender::Nobody, Sender::Stranger("192.0.2.1".into())] {
        let body = Promise(SMALL as u64 + 1);
        let read = read_upload(&intake, body, directory.path(), sender).await;
        assert!(matches!(read, Read::Withheld));
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_stops_is_given_up_at_the_rate_of_any_body() {
    let intake = Intake::new();
    let directory = tempfile::tempdir().expect("a directory");
    let started = Instant::now();
    let chunks = Chunks(vec![160 << 10]);
    let read = read_upload(&intake, chunks, directory.path(), ada()).await;
    assert!(matches!(read, Read::Broken(Error::TooSlow)));
    let taken = started.elapsed();
    let limit = BODY + Duration::from_secs(10);
    assert!(taken >= limit && taken < limit + BODY, "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn uploads_of_one_user_leave_room_on_the_disk_for_others() {
    let intake = Intake::new();
    let bounds = upload_bounds(Path::new("."));
    let mib = 1 << 20;
    let held = intake.admit(ada(), &bounds, 200 * mib).await;
    assert!(matches!(held, Ok(Some(_))));
    let more = intake.admit(ada(), &bounds, 100 * mib).await;
    assert!(matches!(more, Err(Error::Busy)));
    let others = intake.admit(Sender::User("bob".into()), &bounds, 100 * mib);
    assert!(matches!(others.await, Ok(Some(_))));
    drop(held);
    let more = intake.admit(ada(), &bounds, 100 * mib).await;
    assert!(matches!(more, Ok(Some(_))));
}

#[tokio::test]
async fn an_upload_holds_memory_for_its_first_part_only() {
    let intake = Intake::new();
    let bounds = upload_bounds(Path::new("."));
    let mut held = Vec::new();
    // Four text bodies of this size would exhaust a user's memory quota.
    for _ in 0..5 {
        held.push(intake.admit(ada(), &bounds, MOST_BYTES).await);
    }
    assert!(held.iter().all(|share| matches!(share, Ok(Some(_)))));
}

#[tokio::test]
async fn an_upload_without_a_directory_is_a_fault_of_the_server() {
    let intake = Intake::new();
    let directory = Path::new("no-such-directory");
    let read = read_upload(&intake, whole(UPLOAD), directory, ada()).await;
    assert!(matches!(read, Read::Broken(Error::Internal(_))));
}
