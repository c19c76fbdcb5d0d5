//! The scratch of searches about cordons, kept between questions: streets are made once.

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
    places: Semaphore,
}

impl Default for Desks {
    fn default() -> Self {
        Self { free: Mutex::default(), places: Semaphore::new(DESKS_MAX) }
    }
}

impl Desks {
    /// Works at a desk, where nobody waits for the thread.
    ///
    /// # Errors
    /// That of the work; a problem when all desks are taken.
    pub async fn work<T: Send + 'static>(
        self: std::sync::Arc<Self>,
        work: impl FnOnce(&mut Desk) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = |_| {
            Problem::new(ProblemKind::Busy, format!("{DESKS_MAX} plans are being made already: try again in a moment"))
                .retry_after_s(RETRY_AFTER_S)
        };
        let _place = self.places.try_acquire().map_err(busy)?;
        self.clone().apart(work).await
    }

    /// The same for the server's own looks, which are short and come whatever else is at work.
    ///
    /// # Errors
    /// That of the work.
    pub async fn apart<T: Send + 'static>(
        self: std::sync::Arc<Self>,
        work: impl FnOnce(&mut Desk) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let failed = |error: tokio::task::JoinError| Problem::new(ProblemKind::Internal, error.to_string());
        let desks = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut desk = desks.free.lock().pop().unwrap_or_default();
            let done = work(&mut desk);
            let mut free = desks.free.lock();
            if free.len() < DESKS_MAX {
                free.push(desk);
            }
            done
        });
        done.await.map_err(failed)?
    }
}
