//! Batches of requests. Requests that arrive while a batch is in progress form the next batch and
//! share the cost of one statement or commit.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rocket::futures::FutureExt;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// A queue of requests, and the number of batches in progress.
pub struct Batcher<Q, A> {
    queue: Arc<Mutex<Queue<Q, A>>>,
    limits: Limits<Q>,
}

/// Limits of the batches of a queue.
pub struct Limits<Q> {
    /// Maximum number of batches in progress.
    pub batches: usize,
    /// Maximum number of requests in a batch.
    pub requests: usize,
    /// Returns the weight of a request.
    pub weight: fn(&Q) -> usize,
    /// Maximum total weight of a batch with more than one request.
    pub total_weight: usize,
    /// Maximum time that a request waits for its batch to begin.
    pub timeout: Duration,
}

/// Processes a batch, with a context such as a connection pool.
type Process<C, Q, A, F> = fn(C, Vec<Pending<Q, A>>) -> F;

/// A request that awaits its response.
pub struct Pending<Q, A> {
    /// The request.
    pub request: Q,
    ticket: u64,
    response: oneshot::Sender<A>,
}

struct Queue<Q, A> {
    waiting: Vec<Pending<Q, A>>,
    batches: usize,
    tickets: u64,
}

impl<Q, A> Pending<Q, A> {
    /// Sends the response. Does nothing if the client has disconnected.
    pub fn respond(self, response: A) {
        let _ = self.response.send(response);
    }
}

impl<Q> Clone for Limits<Q> {
    fn clone(&self) -> Limits<Q> {
        *self
    }
}

impl<Q> Copy for Limits<Q> {}

impl<Q: Send + 'static, A: Send + 'static> Batcher<Q, A> {
    /// Creates an empty queue.
    pub fn new(limits: Limits<Q>) -> Batcher<Q, A> {
        let queue = Queue {
            waiting: Vec::new(),
            batches: 0,
            tickets: 0,
        };
        Batcher {
            queue: Arc::new(Mutex::new(queue)),
            limits,
        }
    }

    /// Submits a request and waits for its response. Returns `None` if its batch does not begin in
    /// time or ends without a response.
    pub async fn submit<C, F>(
        &self,
        request: Q,
        context: &C,
        process: Process<C, Q, A, F>,
    ) -> Option<A>
    where
        C: Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (response, mut responded) = oneshot::channel();
        let ticket = self.enter(request, response, context, process);
        match timeout(self.limits.timeout, &mut responded).await {
            Ok(response) => response.ok(),
            Err(_) if self.withdraw(ticket) => None,
            Err(_) => responded.await.ok(),
        }
    }

    fn enter<C, F>(
        &self,
        request: Q,
        response: oneshot::Sender<A>,
        context: &C,
        process: Process<C, Q, A, F>,
    ) -> u64
    where
        C: Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let mut queue = lock(&self.queue);
        queue.tickets += 1;
        let ticket = queue.tickets;
        queue.waiting.push(Pending {
            request,
            ticket,
            response,
        });
        if queue.batches < self.limits.batches {
            queue.batches += 1;
            let batches = process_all(self.queue.clone(), self.limits, context.clone(), process);
            tokio::spawn(batches);
        }
        ticket
    }

    /// Removes a queued request. Returns false if its batch has begun.
    fn withdraw(&self, ticket: u64) -> bool {
        let mut queue = lock(&self.queue);
        let mut waiting = queue.waiting.iter();
        let position = waiting.position(|pending| pending.ticket == ticket);
        position
            .map(|position| queue.waiting.remove(position))
            .is_some()
    }
}

/// Processes one batch after another until the queue is empty.
async fn process_all<C, Q, A, F>(
    queue: Arc<Mutex<Queue<Q, A>>>,
    limits: Limits<Q>,
    context: C,
    process: Process<C, Q, A, F>,
) where
    C: Clone,
    F: Future<Output = ()>,
{
    while let Some(batch) = next(&queue, &limits) {
        // The panic hook has logged the panic. Later requests must not wait for this batch
        // forever.
        let _ = AssertUnwindSafe(process(context.clone(), batch))
            .catch_unwind()
            .await;
    }
}

fn next<Q, A>(queue: &Mutex<Queue<Q, A>>, limits: &Limits<Q>) -> Option<Vec<Pending<Q, A>>> {
    let mut queue = lock(queue);
    queue
        .waiting
        .retain(|pending| !pending.response.is_closed());
    if queue.waiting.is_empty() {
        queue.batches -= 1;
        return None;
    }
    let mut weight = 0;
    let fitting = queue
        .waiting
        .iter()
        .take(limits.requests)
        .take_while(|pending| {
            weight += (limits.weight)(&pending.request);
            weight <= limits.total_weight
        });
    let fitting = fitting.count().max(1);
    Some(queue.waiting.drain(..fitting).collect())
}

fn lock<Q, A>(queue: &Mutex<Queue<Q, A>>) -> MutexGuard<'_, Queue<Q, A>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use rocket::futures::future::join_all;
    use rocket::tokio::sync::Semaphore;

    use super::*;

    type Doubles = Batcher<u32, u32>;

    /// Creates a batcher of at most 8 requests and a total weight of at most 100 per batch.
    fn batcher(timeout: Duration) -> Arc<Doubles> {
        Arc::new(Batcher::new(Limits {
            batches: 1,
            requests: 8,
            weight: |number| *number as usize,
            total_weight: 100,
            timeout,
        }))
    }

    /// Doubles each request after acquiring a permit. Panics at 0.
    async fn double(permits: Arc<Semaphore>, batch: Vec<Pending<u32, u32>>) {
        let permit = permits.acquire().await.expect("an open semaphore");
        permit.forget();
        for pending in batch {
            assert_ne!(pending.request, 0);
            let response = pending.request * 2;
            pending.respond(response);
        }
    }

    async fn submit(batcher: Arc<Doubles>, permits: Arc<Semaphore>, request: u32) -> Option<u32> {
        batcher.submit(request, &permits, double).await
    }

    #[rocket::tokio::test]
    async fn requests_that_arrive_during_a_batch_form_one_batch() {
        let (batcher, permits) = (
            batcher(Duration::from_secs(60)),
            Arc::new(Semaphore::new(0)),
        );
        let submitted: Vec<_> = (1..=9)
            .map(|number| tokio::spawn(submit(batcher.clone(), permits.clone(), number)))
            .collect();
        // The first batch may consist of one request; eight fill the second.
        permits.add_permits(2);
        let responses = join_all(submitted).await;
        for (number, response) in (1..).zip(responses) {
            assert_eq!(response.expect("no panic"), Some(number * 2));
        }
    }

    #[rocket::tokio::test]
    async fn a_heavy_request_has_a_batch_of_its_own() {
        let batcher = batcher(Duration::from_secs(60));
        let (queue, limits) = (&batcher.queue, &batcher.limits);
        for request in [1, 100, 2, 3] {
            let (response, responded) = oneshot::channel();
            // Dropping the receiver would withdraw its request.
            std::mem::forget(responded);
            lock(queue).waiting.push(Pending {
                request,
                ticket: 0,
                response,
            });
        }
        lock(queue).batches = 1;
        let mut batches = Vec::new();
        while let Some(batch) = next(queue, limits) {
            let requests: Vec<_> = batch.iter().map(|pending| pending.request).collect();
            batches.push(requests);
        }
        assert_eq!(batches, [vec![1], vec![100], vec![2, 3]]);
    }

    #[rocket::tokio::test]
    async fn a_batch_that_panics_does_not_stop_the_next() {
        let (batcher, permits) = (
            batcher(Duration::from_secs(60)),
            Arc::new(Semaphore::new(2)),
        );
        assert_eq!(submit(batcher.clone(), permits.clone(), 0).await, None);
        assert_eq!(submit(batcher, permits, 2).await, Some(4));
    }

    #[rocket::tokio::test]
    async fn a_request_that_waits_too_long_is_withdrawn() {
        let (batcher, permits) = (
            batcher(Duration::from_millis(20)),
            Arc::new(Semaphore::new(0)),
        );
        let first = tokio::spawn(submit(batcher.clone(), permits.clone(), 1));
        while lock(&batcher.queue).batches == 0 || !lock(&batcher.queue).waiting.is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(submit(batcher.clone(), permits.clone(), 2).await, None);
        assert!(lock(&batcher.queue).waiting.is_empty());
        // The first request's batch has begun and awaits a permit.
        permits.add_permits(1);
        assert_eq!(first.await.expect("no panic"), Some(2));
    }
}
