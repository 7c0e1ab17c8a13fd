//! The memory that Argon2id fills: each hash uses what another one has finished with.
//!
//! Must never grow with the number of hashes: there is at most one piece for each hash that runs, and one when none does.

use std::sync::{Mutex, PoisonError};

use argon2::Block;
use zeroize::Zeroize;

/// Blocks (KiB) that one piece has room for. glibc gives a piece back to the system as soon as it is freed only if it has
/// more than 32 MiB; smaller ones stay in the arena of whichever thread freed them. Room that is not used is not resident.
const ROOM: usize = 33 * 1024;

/// One hash's working memory.
pub(super) struct Memory {
    blocks: Vec<Block>,
}

impl Memory {
    /// Of `blocks` KiB.
    pub(super) fn new(blocks: usize) -> Self {
        let mut memory = Vec::with_capacity(blocks.max(ROOM));
        memory.resize(blocks, Block::new());
        Self { blocks: memory }
    }

    pub(super) fn blocks(&mut self) -> &mut [Block] {
        &mut self.blocks
    }
}

/// What is left of a password's hash must not wait for whoever reads this memory next. Only the blocks in use: wiping
/// the room behind them would make it resident.
fn wipe(memory: &mut Memory) {
    memory.blocks.iter_mut().for_each(Zeroize::zeroize);
}

/// Pieces of one size that nobody uses at the moment.
pub(super) struct Pool {
    blocks: usize,
    free: Mutex<Vec<Memory>>,
}

impl Pool {
    pub(super) fn new(blocks: usize) -> Self {
        Self { blocks, free: Mutex::new(Vec::new()) }
    }

    /// At least `blocks` KiB.
    pub(super) fn take(&self, blocks: usize) -> Memory {
        if blocks > self.blocks {
            return Memory::new(blocks);
        }
        let used = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        used.unwrap_or_else(|| Memory::new(self.blocks))
    }

    /// Keeps no more pieces than `wanted` hashes wait for, and one in any case.
    pub(super) fn give_back(&self, mut memory: Memory, wanted: usize) {
        wipe(&mut memory);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.blocks.len() == self.blocks {
            free.push(memory);
        }
        let kept = wanted.max(1);
        if free.len() > kept {
            free.truncate(kept);
            free.shrink_to_fit();
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
