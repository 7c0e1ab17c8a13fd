//! Argon2id (19 MiB, t=2, p=1) with a bounded queue, so that sign-ins cannot use up the memory or all cores.
//!
//! Hashes are PHC strings. Every check of a password takes the same work, with or without a hash to compare with.

mod memory;

use std::sync::Arc;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::try_generate_salt;
use argon2::{Algorithm, Argon2, Params, Version};
use testkeep_domain::Secret;
use tokio::sync::Semaphore;

use crate::Error;
use memory::{Memory, Pool};

/// Number of requests that may wait for a turn (a permit to hash); more are refused at once.
const QUEUE: usize = 256;
/// Number of hashes computed at once, for any number of cores: each needs 19 MiB.
const TURNS: usize = 4;
/// Limits for the costs in a stored hash: KiB of memory, and KiB filled in all passes.
const MOST_MEMORY: u32 = 64 * 1024;
const MOST_WORK: u64 = 4 * 64 * 1024;

#[derive(Clone)]
pub struct PasswordHashing {
    params: Params,
    memory: Arc<Pool>,
    turns: Arc<Semaphore>,
    permits: Arc<Semaphore>,
}

impl PasswordHashing {
    pub fn new() -> Result<Self, Error> {
        let params = Params::new(19 * 1024, 2, 1, None).map_err(Error::internal)?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            memory: Arc::new(Pool::new(params.block_count())),
            params,
            turns: Arc::new(Semaphore::new(cores.min(TURNS))),
            permits: Arc::new(Semaphore::new(QUEUE)),
        })
    }

    /// Returns a PHC string with a new salt.
    pub async fn hash(&self, password: &Secret) -> Result<String, Error> {
        let wanted = Wanted::fresh(&self.params)?;
        let password = password.clone();
        self.in_turn(wanted.params.block_count(), move |memory| {
            let output = wanted.compute(&password, memory)?;
            wanted.to_phc(output)
        })
        .await
    }

    /// Whether `password` belongs to `hash`. Without a usable hash (the email address is unknown, or no password is
    /// set) it does the same work and returns `false`, so that the time reveals nothing.
    pub async fn verify(&self, password: &Secret, hash: Option<&str>) -> Result<bool, Error> {
        let (wanted, expected) = match hash.and_then(read_phc) {
            Some((wanted, expected)) => (wanted, Some(expected)),
            None => (Wanted::fresh(&self.params)?, None),
        };
        let password = password.clone();
        self.in_turn(wanted.params.block_count(), move |memory| {
            let output = wanted.compute(&password, memory)?;
            // This comparison takes constant time.
            Ok(expected.is_some_and(|expected| expected == output))
        })
        .await
    }

    /// The turn and the queue's permit are released when the work ends, even if the client has hung up.
    async fn in_turn<T: Send + 'static>(
        &self,
        blocks: usize,
        work: impl FnOnce(&mut Memory) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = self.permits.clone().try_acquire_owned().map_err(|_| Error::TooMany {
            message: "Too many people are signing in at this moment. Try again in a few seconds.".into(),
            retry_after_seconds: 5,
        })?;
        let turn = self.turns.clone().acquire_owned().await.map_err(Error::internal)?;
        let (pool, permits) = (self.memory.clone(), self.permits.clone());
        tokio::task::spawn_blocking(move || {
            let mut memory = pool.take(blocks);
            let result = work(&mut memory);
            // The length of the queue without this request.
            let wanted = QUEUE.saturating_sub(permits.available_permits()).saturating_sub(1);
            pool.give_back(memory, wanted.min(TURNS));
            drop((turn, permit));
            result
        })
        .await
        .map_err(Error::internal)?
    }
}

/// The parameters for one hash.
struct Wanted {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
}

impl Wanted {
    fn fresh(params: &Params) -> Result<Self, Error> {
        let salt = try_generate_salt().map_err(Error::internal)?;
        let salt = Salt::new(&salt).map_err(Error::internal)?;
        Ok(Self { algorithm: Algorithm::Argon2id, version: Version::V0x13, params: params.clone(), salt })
    }

    fn compute(&self, password: &Secret, memory: &mut Memory) -> Result<Output, Error> {
        let argon2 = Argon2::new(self.algorithm, self.version, self.params.clone());
        let mut output = [0; Output::MAX_LENGTH];
        let length = self.params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output =
            output.get_mut(..length).ok_or_else(|| Error::internal("a hash of more than 64 bytes"))?;
        argon2
            .hash_password_into_with_memory(password.expose().as_bytes(), &self.salt, output, memory.blocks())
            .map_err(Error::internal)?;
        Output::new(output).map_err(Error::internal)
    }

    fn to_phc(&self, output: Output) -> Result<String, Error> {
        let hash = PasswordHash {
            algorithm: self.algorithm.ident(),
            version: Some(self.version.into()),
            params: ParamsString::try_from(&self.params).map_err(Error::internal)?,
            salt: Some(self.salt),
            hash: Some(output),
        };
        Ok(hash.to_string())
    }
}

/// `None` when the text is not an Argon2 hash, or when its costs are above this server's limits.
fn read_phc(hash: &str) -> Option<(Wanted, Output)> {
    let hash = PasswordHash::new(hash).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
    if params.m_cost() > MOST_MEMORY || work > MOST_WORK {
        tracing::warn!(
            m = params.m_cost(),
            t = params.t_cost(),
            "a password hash in the database needs more memory or time than the server allows; its owner needs a new password"
        );
        return None;
    }
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map(Version::try_from).transpose().ok()?.unwrap_or_default();
    Some((Wanted { algorithm, version, params, salt: hash.salt? }, hash.hash?))
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher, PasswordVerifier};

    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text)
    }

    /// Existing databases hold strings that the crate made, and other programs may read ours.
    #[tokio::test]
    async fn agrees_with_the_crate_in_both_directions() {
        let hashing = PasswordHashing::new().unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, hashing.params.clone());
        let ours = hashing.hash(&secret("correct")).await.unwrap();
        assert!(ours.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{ours}");
        assert!(argon2.verify_password(b"correct", ours.as_str()).is_ok());
        assert!(argon2.verify_password(b"wrong", ours.as_str()).is_err());
        let theirs = argon2.hash_password(b"correct").unwrap().to_string();
        assert!(hashing.verify(&secret("correct"), Some(&theirs)).await.unwrap());
        assert!(!hashing.verify(&secret("wrong"), Some(&theirs)).await.unwrap());
        let ours_again = hashing.hash(&secret("correct")).await.unwrap();
        assert_ne!(ours, ours_again, "a salt was used twice");
    }

    /// Hashes that were set by SQL with other costs, as the documentation allows.
    #[tokio::test]
    async fn reads_hashes_of_other_costs_within_bounds() {
        let hashing = PasswordHashing::new().unwrap();
        for (memory, passes, lanes, understood) in
            [(8, 1, 1, true), (1024, 3, 4, true), (64 * 1024, 1, 1, true), (128 * 1024, 1, 1, false)]
        {
            let params = Params::new(memory, passes, lanes, Some(24)).unwrap();
            for algorithm in [Algorithm::Argon2id, Algorithm::Argon2i] {
                let argon2 = Argon2::new(algorithm, Version::V0x13, params.clone());
                let hash = argon2.hash_password(b"correct").unwrap().to_string();
                assert_eq!(hashing.verify(&secret("correct"), Some(&hash)).await.unwrap(), understood);
                assert!(!hashing.verify(&secret("wrong"), Some(&hash)).await.unwrap());
            }
        }
        for none in ["", "!", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ", "$2b$12$x"] {
            assert!(!hashing.verify(&secret(""), Some(none)).await.unwrap(), "{none}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn keeps_one_piece_of_memory_after_a_crowd() {
        let hashing = PasswordHashing::new().unwrap();
        let crowd = (0..40).map(|number| {
            let hashing = hashing.clone();
            tokio::spawn(async move { hashing.verify(&secret(&number.to_string()), None).await })
        });
        for one in crowd.collect::<Vec<_>>() {
            assert!(!one.await.unwrap().unwrap());
        }
        assert_eq!(hashing.memory.len(), 1);
    }
}
