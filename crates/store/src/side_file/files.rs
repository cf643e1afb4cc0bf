//! What a side file needs of a disk; tests put a failing one in its place.

use std::io;
use std::path::Path;

pub(crate) trait Files: Send {
    fn exists(&self, path: &Path) -> io::Result<bool>;
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// An empty file that only its owner can read, over one that is there.
    fn make(&self, path: &Path) -> io::Result<Box<dyn OpenFile>>;
    fn open(&self, path: &Path) -> io::Result<Box<dyn OpenFile>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// After this, the names of files in the folder survive a power cut.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

pub(crate) trait OpenFile: Send {
    fn write_at(&mut self, place: u64, bytes: &[u8]) -> io::Result<()>;
    fn cut(&mut self, length: u64) -> io::Result<()>;
    /// After this, the content survives a power cut.
    fn sync(&mut self) -> io::Result<()>;
}

/// This computer's.
pub(crate) struct RealFiles;

impl Files for RealFiles {
    fn exists(&self, path: &Path) -> io::Result<bool> {
        path.try_exists()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn make(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Box::new(options.open(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        Ok(Box::new(std::fs::OpenOptions::new().write(true).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    #[cfg(unix)]
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        std::fs::File::open(folder)?.sync_all()
    }

    /// Windows keeps the names of files by itself.
    #[cfg(not(unix))]
    fn sync_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }
}

impl OpenFile for std::fs::File {
    fn write_at(&mut self, place: u64, bytes: &[u8]) -> io::Result<()> {
        use io::{Seek, Write};
        self.seek(io::SeekFrom::Start(place))?;
        self.write_all(bytes)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}
