//! Many ask at the same time, and every answer costs a round trip to the database, perhaps a commit: whoever comes while
//! one is under way shares the next with all who came by then.
//!
//! Who was answered often asks again at once. Without a short wait for them (`gather`), a crowd falls into two halves
//! that take turns, and each works with half of those it could.
//!
//! Work for a question begins after it was asked, so an answer is never older than its question. Must never be held up
//! by an asker who went away, nor for good by work that broke or hangs on a dead connection.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use crate::Error;

/// How long the next work waits for a crowd to come back; tokio's clock makes it up to twice as long.
const GATHER: Duration = Duration::from_millis(1);

/// Askers of one kind.
pub struct Together<Ask, Answer>(Arc<Shared<Ask, Answer>>);

struct Shared<Ask, Answer> {
    queue: Mutex<Queue<Ask, Answer>>,
    /// As many have come as were expected.
    gathered: Notify,
    at_once: usize,
    gather: usize,
    waiting: usize,
    within: Duration,
}

struct Queue<Ask, Answer> {
    asked: Vec<Asked<Ask, Answer>>,
    /// Somebody works on it.
    busy: bool,
    /// How many the next work waits for; 0: it does not wait.
    expected: usize,
}

struct Asked<Ask, Answer> {
    ask: Ask,
    tell: oneshot::Sender<Answer>,
}

impl<Ask: Send + 'static, Answer: Send + 'static> Together<Ask, Answer> {
    /// At most `at_once` are answered together. Up to `gather` are waited for; more keep everybody busy without. At most
    /// so many may be `waiting`. Work that takes longer than `within` is given up.
    pub fn new(at_once: usize, gather: usize, waiting: usize, within: Duration) -> Self {
        let queue = Mutex::new(Queue { asked: Vec::new(), busy: false, expected: 0 });
        Self(Arc::new(Shared { queue, gathered: Notify::new(), at_once, gather, waiting, within }))
    }

    /// `work` gives one answer for each that it is asked, in their order; whose it is, of those who wait, does not matter.
    ///
    /// # Errors
    /// [`Error::TooMany`] when too many wait; [`Error::Internal`] when the work broke or took too long.
    pub async fn ask<Work, Answering>(&self, ask: Ask, work: Work) -> Result<Answer, Error>
    where
        Work: FnMut(Vec<Ask>) -> Answering + Send + 'static,
        Answering: Future<Output = Vec<Answer>> + Send + 'static,
    {
        let (tell, answer) = oneshot::channel();
        let begin = {
            let mut queue = self.0.queue();
            if queue.asked.len() >= self.0.waiting {
                let message = "The server is busy. Try again in a moment.".into();
                return Err(Error::TooMany { message, retry_after_seconds: 1 });
            }
            queue.asked.push(Asked { ask, tell });
            if queue.asked.len() == queue.expected {
                self.0.gathered.notify_one();
            }
            !std::mem::replace(&mut queue.busy, true)
        };
        if begin {
            // A task of its own: an asker who hangs up must not take the others' questions along.
            tokio::spawn(answer_all(Busy { shared: self.0.clone(), done: false }, work));
        }
        answer.await.map_err(|_| Error::internal("the work on a question broke or took too long"))
    }
}

impl<Ask, Answer> Shared<Ask, Answer> {
    fn queue(&self) -> MutexGuard<'_, Queue<Ask, Answer>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever holds this works on the queue, nobody else does.
struct Busy<Ask, Answer> {
    shared: Arc<Shared<Ask, Answer>>,
    done: bool,
}

impl<Ask, Answer> Busy<Ask, Answer> {
    /// Takes the next; `None`: nobody is left, and nobody works on it any more.
    fn next(&mut self) -> Option<Vec<Asked<Ask, Answer>>> {
        let mut queue = self.shared.queue();
        queue.expected = 0;
        if queue.asked.is_empty() {
            queue.busy = false;
            self.done = true;
            return None;
        }
        let together = queue.asked.len().min(self.shared.at_once);
        Some(queue.asked.drain(..together).collect())
    }

    /// Those who wait.
    fn waiting(&self) -> usize {
        self.shared.queue().asked.len()
    }

    /// Waits a moment until so many wait, unless they are too many to wait for.
    async fn gather(&self, crowd: usize) {
        if !(2..=self.shared.gather).contains(&crowd) {
            return;
        }
        let is_short = {
            let mut queue = self.shared.queue();
            queue.expected = crowd;
            queue.asked.len() < crowd
        };
        if is_short {
            let _late = tokio::time::timeout(GATHER, self.shared.gathered.notified()).await;
        }
    }
}

impl<Ask, Answer> Drop for Busy<Ask, Answer> {
    fn drop(&mut self) {
        if !self.done {
            let mut queue = self.shared.queue();
            queue.asked.clear();
            queue.busy = false;
        }
    }
}

async fn answer_all<Ask, Answer, Work, Answering>(mut busy: Busy<Ask, Answer>, mut work: Work)
where
    Work: FnMut(Vec<Ask>) -> Answering,
    Answering: Future<Output = Vec<Answer>>,
{
    while let Some(asked) = busy.next() {
        let (asks, tellers): (Vec<_>, Vec<_>) = asked.into_iter().map(|it| (it.ask, it.tell)).unzip();
        let within = busy.shared.within;
        let Ok(answers) = tokio::time::timeout(within, work(asks)).await else { continue };
        // Counted before they have their answers: who comes back would be counted twice.
        let crowd = busy.waiting() + answers.len();
        for (tell, answer) in tellers.into_iter().zip(answers) {
            let _hung_up = tell.send(answer);
        }
        busy.gather(crowd).await;
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
        let together = Together::new(4, 4, 100, LONG);
        let times = Arc::new(AtomicUsize::new(0));
        let double = |number: usize| {
            let times = times.clone();
            together.ask(number, move |numbers: Vec<usize>| {
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

    /// Eight that ask again and again, of whom half begins while the others are being answered.
    #[tokio::test]
    async fn a_crowd_stays_together() {
        let together = Together::new(64, 8, 100, LONG);
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
                together.ask(number, work).await.unwrap();
            }
        };
        join_all((0..8).map(asker)).await;
        let crowds = crowds.lock().unwrap();
        assert!(crowds.len() <= 30, "{crowds:?}: two halves would be 40");
        assert_eq!(crowds.iter().sum::<usize>(), 160);
    }

    #[tokio::test]
    async fn too_many_are_told_so() {
        let together = Together::new(1, 1, 2, LONG);
        let slow = |number: u8| {
            together.ask(number, async |numbers: Vec<u8>| {
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
        let together = Together::new(8, 8, 8, LONG);
        let fragile = |number: u8| {
            together.ask(number, async |numbers: Vec<u8>| {
                assert_ne!(numbers[0], 13, "as told");
                numbers
            })
        };
        assert!(matches!(fragile(13).await, Err(Error::Internal(_))));
        assert_eq!(fragile(7).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn work_that_hangs_stops_nobody_else() {
        let together = Together::new(8, 8, 8, Duration::from_millis(20));
        let lazy = |number: u64| {
            together.ask(number, async |numbers: Vec<u64>| {
                sleep(Duration::from_secs(numbers[0])).await;
                numbers
            })
        };
        assert!(matches!(lazy(3600).await, Err(Error::Internal(_))));
        assert_eq!(lazy(0).await.unwrap(), 0);
    }
}
