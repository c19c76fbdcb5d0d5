//! The scratch of searches about cordons, kept between questions: streets are made once.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::{
    cordon::Planner,
    engine::Ground,
    roads::Search,
    server::problem::{Problem, ProblemKind},
};

/// So many may be at work at once; who comes then is told to come again.
pub const DESKS_MAX: usize = 4;
/// How many seconds those should wait.
const RETRY_AFTER_S: u32 = 1;

/// What one piece of work needs.
#[derive(Debug, Default)]
pub struct Desk {
    /// Streets.
    pub ground: Ground,
    /// The planner.
    pub planner: Planner,
    /// Searches by road.
    pub search: Search,
}

/// All of them.
#[derive(Debug)]
pub struct Desks {
    /// Those that nobody is at; the one that was left last comes first.
    free: Mutex<Vec<Desk>>,
    places: Arc<Semaphore>,
}

impl Default for Desks {
    fn default() -> Self {
        Self { free: Mutex::default(), places: Arc::new(Semaphore::new(DESKS_MAX)) }
    }
}

impl Desks {
    /// Works at a desk, where nobody waits for the thread.
    ///
    /// # Errors
    /// That of the work; a problem when all desks are taken.
    pub async fn work<T: Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce(&mut Desk) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = |_| {
            Problem::new(ProblemKind::Busy, format!("{DESKS_MAX} plans are being made already: try again in a moment"))
                .retry_after_s(RETRY_AFTER_S)
        };
        // Kept until it is done, though who asked may be gone.
        let place = self.places.clone().try_acquire_owned().map_err(busy)?;
        let kept = move |desk: &mut Desk| {
            let _place = place;
            work(desk)
        };
        self.apart(kept).await
    }

    /// The same for looks, which are short and come whatever else is at work.
    ///
    /// # Errors
    /// That of the work.
    pub async fn apart<T: Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce(&mut Desk) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let failed = |error: tokio::task::JoinError| Problem::new(ProblemKind::Internal, error.to_string());
        let done = tokio::task::spawn_blocking(move || {
            let mut desk = self.free.lock().pop().unwrap_or_default();
            let done = work(&mut desk);
            let mut free = self.free.lock();
            if free.len() < DESKS_MAX {
                free.push(desk);
            }
            done
        });
        done.await.map_err(failed)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn plans_have_a_limit_and_looks_have_none() {
        let desks = Arc::new(Desks::default());
        let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
        let end = Arc::new(std::sync::Barrier::new(DESKS_MAX + 1));
        let plans: Vec<_> = (0..DESKS_MAX)
            .map(|_| {
                let (end, begun) = (end.clone(), begun.clone());
                let wait = move |_: &mut Desk| {
                    begun.send(()).unwrap();
                    end.wait();
                    Ok(())
                };
                tokio::spawn(desks.clone().work(wait))
            })
            .collect();
        for _ in 0..DESKS_MAX {
            begins.recv().await.unwrap();
        }
        assert_eq!(desks.clone().work(|_| Ok(())).await.unwrap_err().kind(), ProblemKind::Busy);
        assert_eq!(desks.clone().apart(|_| Ok(7)).await.unwrap(), 7);
        tokio::task::spawn_blocking(move || end.wait()).await.unwrap();
        for plan in plans {
            plan.await.unwrap().unwrap();
        }
        desks.clone().work(|_| Ok(())).await.unwrap();
        assert!(desks.free.lock().len() <= DESKS_MAX);
    }
}
