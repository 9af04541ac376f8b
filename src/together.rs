//! Questions of many requests, answered together: what is asked while others are being answered
//! waits for its turn, which is then one for all that have come meanwhile.

use std::mem::take;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rocket::futures::FutureExt;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Those who wait, and how many are at work for them.
pub struct Together<Q, A> {
    queue: Arc<Mutex<Queue<Q, A>>>,
    terms: Terms,
}

/// How questions are taken together.
#[derive(Clone, Copy)]
pub struct Terms {
    /// How many turns are under way at once.
    pub turns: usize,
    /// How many questions a turn has at most.
    pub most: usize,
    /// How long a question waits for its turn.
    pub patience: Duration,
}

/// What is done in a turn.
type Work<M, Q, A, F> = fn(M, Vec<Asked<Q, A>>) -> F;

/// A question that waits for its answer.
pub struct Asked<Q, A> {
    /// What is asked.
    pub question: Q,
    ticket: u64,
    answer: oneshot::Sender<A>,
}

struct Queue<Q, A> {
    waiting: Vec<Asked<Q, A>>,
    turns: usize,
    tickets: u64,
}

impl<Q, A> Asked<Q, A> {
    /// Answers whoever asked, who may have gone.
    pub fn tell(self, answer: A) {
        let _ = self.answer.send(answer);
    }
}

impl<Q: Send + 'static, A: Send + 'static> Together<Q, A> {
    /// With nobody waiting.
    pub fn new(terms: Terms) -> Together<Q, A> {
        let queue = Queue {
            waiting: Vec::new(),
            turns: 0,
            tickets: 0,
        };
        Together {
            queue: Arc::new(Mutex::new(queue)),
            terms,
        }
    }

    /// The answer, which `work` gives with these means to all who have the turn; nothing if the
    /// turn did not come in time, or passed without one.
    pub async fn ask<M, F>(&self, question: Q, means: &M, work: Work<M, Q, A, F>) -> Option<A>
    where
        M: Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        let ticket = self.enter(question, answer, means, work);
        match timeout(self.terms.patience, &mut answered).await {
            Ok(answer) => answer.ok(),
            Err(_) if self.withdraw(ticket) => None,
            Err(_) => answered.await.ok(),
        }
    }

    fn enter<M, F>(
        &self,
        question: Q,
        answer: oneshot::Sender<A>,
        means: &M,
        work: Work<M, Q, A, F>,
    ) -> u64
    where
        M: Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let mut queue = lock(&self.queue);
        queue.tickets += 1;
        let ticket = queue.tickets;
        queue.waiting.push(Asked {
            question,
            ticket,
            answer,
        });
        if queue.turns < self.terms.turns {
            queue.turns += 1;
            let turns = serve(self.queue.clone(), self.terms.most, means.clone(), work);
            tokio::spawn(turns);
        }
        ticket
    }

    /// Whether the question was still waiting for its turn, and does no more.
    fn withdraw(&self, ticket: u64) -> bool {
        let mut queue = lock(&self.queue);
        let place = queue
            .waiting
            .iter()
            .position(|asked| asked.ticket == ticket);
        place.map(|place| queue.waiting.remove(place)).is_some()
    }
}

/// Gives one turn after another, until nobody waits.
async fn serve<M, Q, A, F>(
    queue: Arc<Mutex<Queue<Q, A>>>,
    most: usize,
    means: M,
    work: Work<M, Q, A, F>,
) where
    M: Clone,
    F: Future<Output = ()>,
{
    while let Some(asked) = next(&queue, most) {
        // What panics is in the log; those who come next are not to wait for it forever.
        let _ = AssertUnwindSafe(work(means.clone(), asked))
            .catch_unwind()
            .await;
    }
}

fn next<Q, A>(queue: &Mutex<Queue<Q, A>>, most: usize) -> Option<Vec<Asked<Q, A>>> {
    let mut queue = lock(queue);
    queue.waiting.retain(|asked| !asked.answer.is_closed());
    if queue.waiting.is_empty() {
        queue.turns -= 1;
        return None;
    }
    Some(match queue.waiting.len() > most {
        true => queue.waiting.drain(..most).collect(),
        false => take(&mut queue.waiting),
    })
}

fn lock<Q, A>(queue: &Mutex<Queue<Q, A>>) -> MutexGuard<'_, Queue<Q, A>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use rocket::futures::future::join_all;
    use rocket::tokio::sync::Semaphore;

    use super::*;

    type Doubled = Together<u32, u32>;

    fn together(patience: Duration) -> Arc<Doubled> {
        Arc::new(Together::new(Terms {
            turns: 1,
            most: 8,
            patience,
        }))
    }

    /// Doubles once it is let; to double 0 it panics.
    async fn double(let_go: Arc<Semaphore>, asked: Vec<Asked<u32, u32>>) {
        let permit = let_go.acquire().await.expect("an open semaphore");
        permit.forget();
        for asked in asked {
            assert_ne!(asked.question, 0);
            let answer = asked.question * 2;
            asked.tell(answer);
        }
    }

    async fn ask(together: Arc<Doubled>, let_go: Arc<Semaphore>, question: u32) -> Option<u32> {
        together.ask(question, &let_go, double).await
    }

    #[rocket::tokio::test]
    async fn what_is_asked_meanwhile_is_answered_in_one_turn() {
        let (together, let_go) = (
            together(Duration::from_secs(60)),
            Arc::new(Semaphore::new(0)),
        );
        let asking: Vec<_> = (1..=9)
            .map(|number| tokio::spawn(ask(together.clone(), let_go.clone(), number)))
            .collect();
        // One may have had the first turn to itself; eight fill the second.
        let_go.add_permits(2);
        let answers = join_all(asking).await;
        for (number, answer) in (1..).zip(answers) {
            assert_eq!(answer.expect("no panic"), Some(number * 2));
        }
    }

    #[rocket::tokio::test]
    async fn a_turn_that_panics_is_the_last_for_nobody_else() {
        let (together, let_go) = (
            together(Duration::from_secs(60)),
            Arc::new(Semaphore::new(2)),
        );
        assert_eq!(ask(together.clone(), let_go.clone(), 0).await, None);
        assert_eq!(ask(together, let_go, 2).await, Some(4));
    }

    #[rocket::tokio::test]
    async fn who_has_waited_too_long_for_a_turn_has_none() {
        let (together, let_go) = (
            together(Duration::from_millis(20)),
            Arc::new(Semaphore::new(0)),
        );
        let first = tokio::spawn(ask(together.clone(), let_go.clone(), 1));
        while lock(&together.queue).turns == 0 || !lock(&together.queue).waiting.is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(ask(together.clone(), let_go.clone(), 2).await, None);
        assert!(lock(&together.queue).waiting.is_empty());
        // The first has its turn, and waits for its end.
        let_go.add_permits(1);
        assert_eq!(first.await.expect("no panic"), Some(2));
    }
}
