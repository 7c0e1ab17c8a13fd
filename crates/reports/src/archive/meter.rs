//! Counts packed and unpacked bytes, and ends the reading of an archive that unpacks to too much.

use std::cell::Cell;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::rc::Rc;

use super::Ended;
use crate::limits::{RATIO, RATIO_FROM, UNPACKED};

/// The bytes of one archive so far. Clones share the counts.
#[derive(Clone, Default)]
pub(super) struct Meter {
    packed: Rc<Cell<u64>>,
    unpacked: Rc<Cell<u64>>,
}

impl Meter {
    /// A meter for an archive of which the packed size is known.
    pub(super) fn of_size(packed: u64) -> Self {
        let meter = Self::default();
        meter.packed.set(packed);
        meter
    }

    pub(super) fn packed<R>(&self, inner: R) -> Packed<R> {
        Packed { inner, meter: self.clone() }
    }

    pub(super) fn unpacked<R>(&self, inner: R) -> Unpacked<R> {
        Unpacked { inner, meter: self.clone() }
    }

    /// # Errors
    /// The archive has exceeded a limit.
    pub(super) fn check(&self) -> Result<(), Ended> {
        self.exceeded().map_or(Ok(()), |words| Err(Ended::Refused(words)))
    }

    fn exceeded(&self) -> Option<String> {
        let (packed, unpacked) = (self.packed.get(), self.unpacked.get());
        if unpacked > UNPACKED {
            return Some(format!("it unpacks to more than {} GiB", UNPACKED / 1024 / 1024 / 1024));
        }
        let is_bomb = unpacked > RATIO_FROM && unpacked / RATIO > packed;
        is_bomb.then(|| format!("it unpacks to more than {RATIO} times its size"))
    }
}

/// A reader whose bytes count as packed.
pub(super) struct Packed<R> {
    inner: R,
    meter: Meter,
}

impl<R: BufRead> Read for Packed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.meter.packed.set(self.meter.packed.get() + count as u64);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Packed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.meter.packed.set(self.meter.packed.get() + count as u64);
        self.inner.consume(count);
    }
}

/// A reader whose bytes count as unpacked. Fails when the archive exceeds a limit.
pub(super) struct Unpacked<R> {
    inner: R,
    meter: Meter,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(words) = self.meter.exceeded() {
            return Err(io::Error::other(words));
        }
        let count = self.inner.read(buffer)?;
        self.meter.unpacked.set(self.meter.unpacked.get() + count as u64);
        Ok(count)
    }
}

/// A reader that fails when more than the allowed bytes are read from it. Clones of the allowance share it.
pub(super) struct Allowed<R> {
    pub(super) inner: R,
    pub(super) left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Allowed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 && !buffer.is_empty() {
            return Err(io::Error::other("its headers or its directory are too large"));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(&mut buffer[..most])?;
        self.left.set(left.saturating_sub(count as u64));
        Ok(count)
    }
}

impl<R: Seek> Seek for Allowed<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
