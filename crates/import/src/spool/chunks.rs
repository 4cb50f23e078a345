//! An encrypted temporary file of runs, each a row of chunks.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::SpoolError;

/// Plain bytes in one chunk. The merge holds one chunk of every run in memory.
const CHUNK_BYTES: usize = 64 * 1024;

/// Where a run lies in the file.
struct Run {
    start: u64,
    /// Plain bytes in it.
    length: u64,
    first_chunk: u64,
}

pub(super) struct ChunkFile {
    file: File,
    folder: PathBuf,
    key: LessSafeKey,
    runs: Vec<Run>,
    end: u64,
    /// Counts the chunks written under the key: the nonce of each, never used twice.
    chunks: u64,
}

impl ChunkFile {
    pub(super) fn new(folder: &Path) -> Result<Self, SpoolError> {
        let disk = |source| SpoolError::Disk {
            folder: folder.to_owned(),
            source,
        };
        let mut key = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(key.as_mut()).map_err(|_| SpoolError::Random)?;
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| SpoolError::Random)?;
        Ok(Self {
            file: tempfile::tempfile_in(folder).map_err(disk)?,
            folder: folder.to_owned(),
            key: LessSafeKey::new(key),
            runs: Vec::new(),
            end: 0,
            chunks: 0,
        })
    }

    pub(super) fn runs(&self) -> usize {
        self.runs.len()
    }

    /// The file as it lies on the disk.
    #[cfg(test)]
    pub(super) fn raw(&self) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(self.end).unwrap()];
        self.file.read_exact_at(&mut bytes, 0).unwrap();
        bytes
    }

    pub(super) fn start_run(&mut self) -> RunWriter<'_> {
        let run = Run {
            start: self.end,
            length: 0,
            first_chunk: self.chunks,
        };
        RunWriter {
            file: self,
            run,
            plain: Zeroizing::new(Vec::with_capacity(CHUNK_BYTES)),
        }
    }

    fn disk(&self, source: io::Error) -> SpoolError {
        SpoolError::Disk {
            folder: self.folder.clone(),
            source,
        }
    }

    fn nonce(chunk: u64) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        nonce[NONCE_LEN - 8..].copy_from_slice(&chunk.to_be_bytes());
        Nonce::assume_unique_for_key(nonce)
    }

    fn write_chunk(&mut self, plain: &[u8]) -> Result<(), SpoolError> {
        let mut sealed = plain.to_vec();
        self.key
            .seal_in_place_append_tag(Self::nonce(self.chunks), Aad::empty(), &mut sealed)
            .map_err(|_| SpoolError::Altered)?;
        self.file
            .write_all_at(&sealed, self.end)
            .map_err(|error| self.disk(error))?;
        self.end += sealed.len() as u64;
        self.chunks += 1;
        Ok(())
    }

    fn read_chunk(
        &self,
        at: u64,
        chunk: u64,
        plain_bytes: usize,
    ) -> Result<Zeroizing<Vec<u8>>, SpoolError> {
        let mut sealed = Zeroizing::new(vec![0; plain_bytes + AES_256_GCM.tag_len()]);
        self.file
            .read_exact_at(&mut sealed, at)
            .map_err(|error| self.disk(error))?;
        self.key
            .open_in_place(Self::nonce(chunk), Aad::empty(), &mut sealed)
            .map_err(|_| SpoolError::Altered)?;
        sealed.truncate(plain_bytes);
        Ok(sealed)
    }
}

pub(super) struct RunWriter<'a> {
    file: &'a mut ChunkFile,
    run: Run,
    plain: Zeroizing<Vec<u8>>,
}

impl RunWriter<'_> {
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), SpoolError> {
        self.run.length += bytes.len() as u64;
        while !bytes.is_empty() {
            let room = CHUNK_BYTES - self.plain.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.plain.extend_from_slice(now);
            bytes = later;
            if self.plain.len() == CHUNK_BYTES {
                self.file.write_chunk(&self.plain)?;
                self.plain.clear();
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), SpoolError> {
        if !self.plain.is_empty() {
            self.file.write_chunk(&self.plain)?;
        }
        self.file.runs.push(self.run);
        Ok(())
    }
}

pub(super) struct RunReader {
    file: Arc<ChunkFile>,
    at: u64,
    chunk: u64,
    /// Plain bytes of the run that are not in `plain` yet.
    left: u64,
    plain: Zeroizing<Vec<u8>>,
    taken: usize,
}

impl RunReader {
    pub(super) fn new(file: Arc<ChunkFile>, nth: usize) -> Self {
        let run = &file.runs[nth];
        let (at, chunk, left) = (run.start, run.first_chunk, run.length);
        Self {
            file,
            at,
            chunk,
            left,
            plain: Zeroizing::default(),
            taken: 0,
        }
    }

    /// Whether the run has been read to its end.
    pub(super) fn is_done(&self) -> bool {
        self.left == 0 && self.taken == self.plain.len()
    }

    /// Fills `into`, reading chunk after chunk.
    pub(super) fn read(&mut self, mut into: &mut [u8]) -> Result<(), SpoolError> {
        while !into.is_empty() {
            if self.taken == self.plain.len() {
                self.next_chunk()?;
            }
            let amount = into.len().min(self.plain.len() - self.taken);
            let (now, later) = into.split_at_mut(amount);
            now.copy_from_slice(&self.plain[self.taken..self.taken + amount]);
            self.taken += amount;
            into = later;
        }
        Ok(())
    }

    fn next_chunk(&mut self) -> Result<(), SpoolError> {
        let bytes = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(CHUNK_BYTES);
        if bytes == 0 {
            return Err(SpoolError::Altered);
        }
        self.plain = self.file.read_chunk(self.at, self.chunk, bytes)?;
        self.at += (bytes + AES_256_GCM.tag_len()) as u64;
        self.chunk += 1;
        self.left -= bytes as u64;
        self.taken = 0;
        Ok(())
    }
}
