use super::*;

const HOUR: Duration = Duration::from_secs(3_600);

fn streaming() -> Activity {
    let activity = Activity::new();
    activity.enter(Phase::Streaming);
    activity
}

fn is_overdue_in(activity: &Activity, time: Duration) -> bool {
    activity.is_overdue(Instant::now() + time)
}

#[test]
fn a_quiet_stream_is_never_overdue() {
    let activity = streaming();
    activity.has_flushed();
    assert!(!is_overdue_in(&activity, HOUR));
    assert_eq!(activity.waits_since(), None);
    activity.has_tried_to_write(&Poll::Ready(Ok(100)));
    activity.has_flushed();
    assert!(!is_overdue_in(&activity, HOUR));
}

#[test]
fn a_stream_that_its_client_does_not_read_is_overdue() {
    let activity = streaming();
    assert!(!is_overdue_in(&activity, STALL / 2));
    assert!(is_overdue_in(&activity, STALL * 2));
    activity.has_flushed();
    activity.has_tried_to_write(&Poll::Pending);
    assert!(activity.waits_since().is_some());
    assert!(!is_overdue_in(&activity, STALL / 2));
    assert!(is_overdue_in(&activity, STALL * 2));
}

#[test]
fn a_stream_must_be_read_at_the_least_rate() {
    let activity = streaming();
    activity.has_flushed();
    activity.state().waited = STALL;
    activity.has_tried_to_write(&Poll::Pending);
    assert!(is_overdue_in(&activity, Duration::from_secs(1)));
    let count = usize::try_from(LEAST_RATE * 60).expect("a size");
    activity.has_tried_to_write(&Poll::Ready(Ok(count)));
    assert!(!is_overdue_in(&activity, Duration::from_secs(1)));
}

#[test]
fn a_stream_that_has_ended_leaves_its_connection_idle() {
    let activity = streaming();
    activity.has_flushed();
    activity.end_stream();
    assert!(is_overdue_in(&activity, STALL * 2));
    activity.has_flushed();
    assert_eq!(activity.state().phase, Phase::Idle);
    // The end of the stream must not affect the next response.
    activity.end_stream();
    assert_eq!(activity.state().phase, Phase::Idle);
}
