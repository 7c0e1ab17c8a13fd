//! Argon2id (19 MiB, t=2, p=1) behind a bounded queue, so that sign-ins cannot exhaust memory or all cores.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use testkeep_domain::Secret;
use tokio::sync::Semaphore;

use crate::Error;

/// Requests that may wait for a turn; more are refused at once.
const QUEUE: usize = 256;

#[derive(Clone)]
pub struct PasswordHashing {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl PasswordHashing {
    pub fn new() -> Result<Self, Error> {
        let params = Params::new(19 * 1024, 2, 1, None).map_err(Error::internal)?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            turns: Arc::new(Semaphore::new(cores)),
            places: Arc::new(Semaphore::new(QUEUE)),
        })
    }

    /// A PHC string with a fresh salt.
    pub async fn hash(&self, password: &Secret) -> Result<String, Error> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        self.in_turn(move || {
            let hash = argon2.hash_password(password.expose().as_bytes()).map_err(Error::internal)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether `password` belongs to `hash`. Without a hash (the address is unknown) it does the same work and is
    /// never right, so that the time taken tells nothing.
    pub async fn verify(&self, password: &Secret, hash: Option<&str>) -> Result<bool, Error> {
        let Some(hash) = hash.map(ToOwned::to_owned) else {
            return self.hash(password).await.map(|_| false);
        };
        let (argon2, password) = (self.argon2.clone(), password.clone());
        self.in_turn(move || Ok(argon2.verify_password(password.expose().as_bytes(), hash.as_str()).is_ok()))
            .await
    }

    /// Turn and place are given back when the work ends, even if the request that wanted it is gone.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Error::TooMany {
            message: "Too many people are signing in at this moment. Try again in a few seconds.".into(),
            retry_after_seconds: 5,
        })?;
        let turn = self.turns.clone().acquire_owned().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop((turn, place));
            result
        })
        .await
        .map_err(Error::internal)?
    }
}
