//! Batches concurrent requests: requests that arrive while a batch runs form the next batch.
//!
//! Many programs send requests at the same time, and each answer costs a round trip to the database and perhaps a
//! commit; a batch shares them. Clients that were answered last often send the next request at once. Without a short
//! wait for them, clients split into two alternating batches of half the size.
//!
//! A batch begins after its requests arrived, so an answer is never older than its request. Must never be held up by a
//! client that hung up, nor for good by a batch that failed or hangs on a dead connection.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use crate::Error;

/// Maximum wait before the next batch; up to twice this because of the timer's resolution.
const GATHER: Duration = Duration::from_millis(1);

/// How requests are batched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchLimits {
    /// Maximum number of requests in one batch.
    pub batch: usize,
    /// Maximum number of clients that a batch waits for. A larger number of clients keeps the batches full without a
    /// wait.
    pub gather: usize,
    /// Maximum number of waiting requests; more are refused.
    pub pending: usize,
    /// Time limit of a batch; a longer one is dropped.
    pub time: Duration,
}

/// Batches requests of one kind.
pub(crate) struct Batcher<Request, Response>(Arc<Shared<Request, Response>>);

struct Shared<Request, Response> {
    queue: Mutex<Queue<Request, Response>>,
    /// Notified when the expected number of requests wait.
    gathered: Notify,
    limits: BatchLimits,
}

struct Queue<Request, Response> {
    pending: Vec<Pending<Request, Response>>,
    /// A task runs batches now.
    running: bool,
    /// Number of requests that the next batch waits for; 0: it does not wait.
    expected: usize,
}

struct Pending<Request, Response> {
    request: Request,
    reply: oneshot::Sender<Result<Response, Error>>,
}

impl<Request: Send + 'static, Response: Send + 'static> Batcher<Request, Response> {
    pub(crate) fn new(limits: BatchLimits) -> Self {
        let queue = Mutex::new(Queue { pending: Vec::new(), running: false, expected: 0 });
        Self(Arc::new(Shared { queue, gathered: Notify::new(), limits }))
    }

    /// `work` returns one response for each request of a batch, in their order. Any client's `work` may run a batch.
    ///
    /// # Errors
    /// [`Error::TooMany`] when too many requests wait; [`Error::Unavailable`] when the batch took too long;
    /// [`Error::Internal`] when it failed.
    pub(crate) async fn submit<Work, Responding>(
        &self,
        request: Request,
        work: Work,
    ) -> Result<Response, Error>
    where
        Work: FnMut(Vec<Request>) -> Responding + Send + 'static,
        Responding: Future<Output = Vec<Response>> + Send + 'static,
    {
        let (reply, response) = oneshot::channel();
        let begin = {
            let mut queue = self.0.queue();
            if queue.pending.len() >= self.0.limits.pending {
                let message = "The server is busy. Try again in a moment.".into();
                return Err(Error::TooMany { message, retry_after_seconds: 1 });
            }
            queue.pending.push(Pending { request, reply });
            if queue.pending.len() == queue.expected {
                self.0.gathered.notify_one();
            }
            !std::mem::replace(&mut queue.running, true)
        };
        if begin {
            // A task of its own: a client that hangs up must not cancel the requests of others.
            tokio::spawn(run_batches(Runner { shared: self.0.clone(), done: false }, work));
        }
        response.await.map_err(|_| Error::internal("the batch of this request broke"))?
    }
}

fn too_slow(time: Duration) -> Error {
    Error::Unavailable {
        message: "The server could not do this in time. Try again in a moment.",
        cause: format!("a batch of requests took longer than {} seconds", time.as_secs()),
    }
}

impl<Request, Response> Shared<Request, Response> {
    fn queue(&self) -> MutexGuard<'_, Queue<Request, Response>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the batches of a queue. A queue has at most one.
struct Runner<Request, Response> {
    shared: Arc<Shared<Request, Response>>,
    done: bool,
}

impl<Request, Response> Runner<Request, Response> {
    /// The next batch; `None`: no request waits, and this runner ends.
    fn next(&mut self) -> Option<Vec<Pending<Request, Response>>> {
        let mut queue = self.shared.queue();
        queue.expected = 0;
        if queue.pending.is_empty() {
            queue.running = false;
            self.done = true;
            return None;
        }
        let size = queue.pending.len().min(self.shared.limits.batch);
        Some(queue.pending.drain(..size).collect())
    }

    fn pending(&self) -> usize {
        self.shared.queue().pending.len()
    }

    /// Waits a moment until the number of waiting requests reaches the number of clients, unless there are too many
    /// clients.
    async fn gather(&self, clients: usize) {
        if !(2..=self.shared.limits.gather).contains(&clients) {
            return;
        }
        let is_short = {
            let mut queue = self.shared.queue();
            queue.expected = clients;
            queue.pending.len() < clients
        };
        if is_short {
            let _late = tokio::time::timeout(GATHER, self.shared.gathered.notified()).await;
        }
    }
}

impl<Request, Response> Drop for Runner<Request, Response> {
    fn drop(&mut self) {
        if !self.done {
            let mut queue = self.shared.queue();
            queue.pending.clear();
            queue.running = false;
        }
    }
}

async fn run_batches<Request, Response, Work, Responding>(
    mut runner: Runner<Request, Response>,
    mut work: Work,
) where
    Work: FnMut(Vec<Request>) -> Responding,
    Responding: Future<Output = Vec<Response>>,
{
    while let Some(batch) = runner.next() {
        let (requests, replies): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|it| (it.request, it.reply)).unzip();
        let time = runner.shared.limits.time;
        let Ok(responses) = tokio::time::timeout(time, work(requests)).await else {
            for reply in replies {
                let _hung_up = reply.send(Err(too_slow(time)));
            }
            continue;
        };
        // Counted before the replies are sent: a client that sends the next request at once would be counted twice.
        let clients = runner.pending() + responses.len();
        for (reply, response) in replies.into_iter().zip(responses) {
            let _hung_up = reply.send(Ok(response));
        }
        runner.gather(clients).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::time::sleep;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn who_comes_meanwhile_shares_the_next() {
        let batcher = Batcher::new(BatchLimits { batch: 4, gather: 4, pending: 100, time: LONG });
        let times = Arc::new(AtomicUsize::new(0));
        let double = |number: usize| {
            let times = times.clone();
            batcher.submit(number, move |numbers: Vec<usize>| {
                times.fetch_add(1, Ordering::SeqCst);
                async move {
                    sleep(Duration::from_millis(5)).await;
                    numbers.into_iter().map(|it| it * 2).collect()
                }
            })
        };
        let answers = join_all((0..9).map(double)).await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, (0..9).map(|it| it * 2).collect::<Vec<_>>());
        assert_eq!(times.load(Ordering::SeqCst), 3, "4 and 4 and 1");
    }

    /// Eight clients that send one request after another. Half of them start while the others are being answered.
    #[tokio::test]
    async fn a_crowd_stays_together() {
        let batcher = Batcher::new(BatchLimits { batch: 64, gather: 8, pending: 100, time: LONG });
        let crowds = Arc::new(Mutex::new(Vec::new()));
        let asker = async |number: u64| {
            sleep(Duration::from_millis(number % 2 * 5)).await;
            for _ in 0..20 {
                let crowds = crowds.clone();
                let work = move |numbers: Vec<u64>| {
                    crowds.lock().unwrap().push(numbers.len());
                    async move {
                        sleep(Duration::from_millis(10)).await;
                        numbers
                    }
                };
                batcher.submit(number, work).await.unwrap();
            }
        };
        join_all((0..8).map(asker)).await;
        let crowds = crowds.lock().unwrap();
        assert!(crowds.len() <= 30, "{crowds:?}: two halves would be 40");
        assert_eq!(crowds.iter().sum::<usize>(), 160);
    }

    #[tokio::test]
    async fn too_many_are_told_so() {
        let batcher = Batcher::new(BatchLimits { batch: 1, gather: 1, pending: 2, time: LONG });
        let slow = |number: u8| {
            batcher.submit(number, async |numbers: Vec<u8>| {
                sleep(Duration::from_millis(5)).await;
                numbers
            })
        };
        let answers = join_all((0..5).map(slow)).await;
        let refused = answers.iter().filter(|it| matches!(it, Err(Error::TooMany { .. }))).count();
        assert_eq!((answers.iter().filter(|it| it.is_ok()).count(), refused), (2, 3));
        assert!(slow(7).await.is_ok(), "there is room again");
    }

    #[tokio::test]
    async fn work_that_breaks_stops_nobody_else() {
        let batcher = Batcher::new(BatchLimits { batch: 8, gather: 8, pending: 8, time: LONG });
        let fragile = |number: u8| {
            batcher.submit(number, async |numbers: Vec<u8>| {
                assert_ne!(numbers[0], 13, "as told");
                numbers
            })
        };
        assert!(matches!(fragile(13).await, Err(Error::Internal(_))));
        assert_eq!(fragile(7).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn work_that_hangs_stops_nobody_else() {
        let batcher =
            Batcher::new(BatchLimits { batch: 8, gather: 8, pending: 8, time: Duration::from_millis(20) });
        let lazy = |number: u64| {
            batcher.submit(number, async |numbers: Vec<u64>| {
                sleep(Duration::from_secs(numbers[0])).await;
                numbers
            })
        };
        assert!(matches!(lazy(3600).await, Err(Error::Unavailable { .. })));
        assert_eq!(lazy(0).await.unwrap(), 0);
    }
}
