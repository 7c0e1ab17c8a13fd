//! The memory for Argon2id: each hash reuses the memory of a finished one.
//!
//! Must never grow with the number of hashes: there is at most one piece for each running hash, and one when none runs.

use std::sync::{Mutex, PoisonError};

use argon2::Block;
use zeroize::Zeroize;

/// Capacity of one piece, in blocks of 1 KiB. glibc returns a freed piece to the system at once only if it is larger
/// than 32 MiB; smaller ones stay in the arena of the thread that freed them. Unused capacity is not resident.
const ROOM: usize = 33 * 1024;

/// The working memory of one hash.
pub(super) struct Memory {
    blocks: Vec<Block>,
}

impl Memory {
    /// Memory of `blocks` KiB.
    pub(super) fn new(blocks: usize) -> Self {
        let mut memory = Vec::with_capacity(blocks.max(ROOM));
        memory.resize(blocks, Block::new());
        Self { blocks: memory }
    }

    pub(super) fn blocks(&mut self) -> &mut [Block] {
        &mut self.blocks
    }
}

/// Wipes the data of a password's hash before another hash uses the memory. Wipes only the used blocks: wiping the rest
/// would make it resident.
fn wipe(memory: &mut Memory) {
    memory.blocks.iter_mut().for_each(Zeroize::zeroize);
}

/// Pieces of memory that no hash uses at the moment, all of one capacity.
pub(super) struct Pool {
    blocks: usize,
    free: Mutex<Vec<Memory>>,
}

impl Pool {
    pub(super) fn new(blocks: usize) -> Self {
        Self { blocks, free: Mutex::new(Vec::new()) }
    }

    /// Returns memory of at least `blocks` KiB.
    pub(super) fn take(&self, blocks: usize) -> Memory {
        if blocks > self.blocks {
            return Memory::new(blocks);
        }
        let used = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        used.unwrap_or_else(|| Memory::new(self.blocks))
    }

    /// Keeps at most as many pieces as hashes wait (`wanted`), and at least one.
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
