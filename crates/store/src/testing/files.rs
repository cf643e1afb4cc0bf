//! Side files on a simulated disk.

use super::disk::{Disk, DiskError, Handle};
use crate::side_file::files::{Files, OpenFile};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The simulated disk, as a side file sees it.
pub(crate) struct Simulated(pub(crate) Arc<Disk>);

struct SimulatedFile(Arc<Disk>, Handle);

fn error(e: DiskError) -> io::Error {
    let kind = match e {
        DiskError::Io => io::ErrorKind::Other,
        DiskError::Full => io::ErrorKind::StorageFull,
        DiskError::Missing => io::ErrorKind::NotFound,
    };
    io::Error::new(kind, e)
}

fn name(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

impl Files for Simulated {
    fn exists(&self, path: &Path) -> io::Result<bool> {
        Ok(self.0.exists(&name(path)))
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = self.0.open(&name(path), false).map_err(error)?;
        let mut bytes = vec![0; self.0.length(file).map_err(error)?];
        self.0.read(file, 0, &mut bytes).map_err(error)?;
        Ok(bytes)
    }
    fn make(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let file = self.0.open(&name(path), true).map_err(error)?;
        self.0.set_length(file, 0).map_err(error)?;
        Ok(Box::new(SimulatedFile(self.0.clone(), file)))
    }
    fn open(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let file = self.0.open(&name(path), false).map_err(error)?;
        Ok(Box::new(SimulatedFile(self.0.clone(), file)))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(&name(from), &name(to)).map_err(error)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.remove(&name(path)).map_err(error)
    }
    fn sync_folder(&self, _folder: &Path) -> io::Result<()> {
        self.0.sync_names().map_err(error)
    }
}

impl OpenFile for SimulatedFile {
    fn write_at(&mut self, place: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write(self.1, place as usize, bytes).map_err(error)
    }
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.0.set_length(self.1, length as usize).map_err(error)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync(self.1).map_err(error)
    }
}
