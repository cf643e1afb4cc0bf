//! SQLite on a simulated disk: a VFS with locks and shared memory for the connections of this process, which behaves
//! like the one for Linux where it matters (a write touches no byte beside it; the first sync of a new journal syncs its
//! name).
#![allow(unsafe_code)]

mod calls;

use super::disk::{Disk, DiskError, Handle};
use super::{Crash, Fault};
use calls::*;
use rusqlite::{Connection, OpenFlags, ffi};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

/// One simulated disk that SQLite can open files on, and by its name only: any number of them live side by side.
///
/// What can be done to it is on [`Disk`].
pub struct FaultyDisk {
    disk: Arc<Volume>,
    name: String,
    /// Registered with SQLite, never freed.
    vfs: *mut ffi::sqlite3_vfs,
}

// SAFETY: the pointer is only handed back to SQLite, which locks its list of VFSs.
unsafe impl Send for FaultyDisk {}
// SAFETY: as above; everything else is behind mutexes.
unsafe impl Sync for FaultyDisk {}

impl FaultyDisk {
    pub fn new(seed: u64) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let name = format!("faulty-disk-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let disk = Arc::new(Volume { disk: Arc::new(Disk::new(seed)), shared: Mutex::default() });
        let mut vfs = blank_vfs();
        // Name and disk are leaked with the VFS: a connection that outlives this value still points to them. The disk
        // itself is not kept alive by that.
        vfs.zName = CString::new(name.clone()).unwrap_or_default().into_raw();
        vfs.pAppData = Box::into_raw(Box::new(Arc::downgrade(&disk))).cast();
        let vfs = Box::into_raw(Box::new(vfs));
        // SAFETY: the structure is complete and lives forever; opening a connection would initialise SQLite as well.
        let registered = unsafe {
            ffi::sqlite3_initialize();
            ffi::sqlite3_vfs_register(vfs, 0)
        };
        assert_eq!(registered, ffi::SQLITE_OK, "SQLite takes the VFS {name}");
        Self { disk, name, vfs }
    }

    /// For `Connection::open_with_flags_and_vfs`.
    pub fn vfs_name(&self) -> &str {
        &self.name
    }

    /// What `Connection::open` is for a real disk.
    pub fn connect(&self, path: &Path) -> rusqlite::Result<Connection> {
        Connection::open_with_flags_and_vfs(path, OpenFlags::default(), self.vfs_name())
    }

    pub(crate) fn disk(&self) -> Arc<Disk> {
        self.disk.disk.clone()
    }

    /// [`Disk::crash`]. Connections from before get nothing but errors; best closed before.
    pub fn crash(&self, how: Crash) {
        self.disk.disk.crash(how);
        self.disk.shared().clear();
    }

    /// Runs `work` and cuts the power at operation `n` of it; then a restart, which finds what `how` left.
    pub fn cut_during<T>(&self, n: u64, how: Crash, work: impl FnOnce() -> T) -> T {
        self.fail_at(self.operations() + n, Fault::PowerCut);
        let result = work();
        self.crash(how);
        result
    }
}

impl Deref for FaultyDisk {
    type Target = Disk;
    fn deref(&self) -> &Disk {
        &self.disk.disk
    }
}

impl Drop for FaultyDisk {
    fn drop(&mut self) {
        // SAFETY: registered in `new`; SQLite forgets the name, connections keep the structure.
        unsafe { ffi::sqlite3_vfs_unregister(self.vfs) };
    }
}

/// The disk and what the connections of this process share about its files.
struct Volume {
    disk: Arc<Disk>,
    shared: Mutex<BTreeMap<u64, Shared>>,
}

impl Volume {
    fn shared(&self) -> MutexGuard<'_, BTreeMap<u64, Shared>> {
        self.shared.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Locks and memory of one file.
#[derive(Default)]
struct Shared {
    readers: usize,
    reserved: bool,
    pending: bool,
    exclusive: bool,
    memory: Arc<Memory>,
    /// Readers of each slot of the memory; -1 for one writer.
    slots: [i32; ffi::SQLITE_SHM_NLOCK as usize],
}

/// The index of a write-ahead log, in regions that never move.
#[derive(Default)]
struct Memory(Mutex<Vec<Region>>);

struct Region(*mut [u64]);

// SAFETY: SQLite orders what its connections do with the memory by slots and barriers.
unsafe impl Send for Region {}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw` in `shm_map`, and nobody has the memory any more.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// SQLite allocates this and knows the first field.
#[repr(C)]
struct FileSlot {
    base: ffi::sqlite3_file,
    open: *mut OpenFile,
}

struct OpenFile {
    volume: Arc<Volume>,
    handle: Handle,
    delete_on_close: Option<String>,
    /// The name of a journal, which may be new, is synced with its first content.
    sync_name: bool,
    level: c_int,
    reserved: bool,
    pending: bool,
    /// Kept until this connection lets go of it, also over a crash.
    memory: Option<Arc<Memory>>,
    slots_read: u32,
    slots_written: u32,
}

impl OpenFile {
    /// The locks of the file; `None` after a crash.
    fn with_shared<T>(&mut self, work: impl FnOnce(&mut Self, &mut Shared) -> T) -> Option<T> {
        let volume = self.volume.clone();
        if !volume.disk.is_alive(self.handle) {
            return None;
        }
        let mut shared = volume.shared();
        Some(work(self, shared.entry(self.handle.file).or_default()))
    }

    fn lock(&mut self, shared: &mut Shared, level: c_int) -> c_int {
        if self.level >= level {
            return ffi::SQLITE_OK;
        }
        match level {
            ffi::SQLITE_LOCK_SHARED => {
                if shared.pending || shared.exclusive {
                    return ffi::SQLITE_BUSY;
                }
                shared.readers += 1;
            }
            ffi::SQLITE_LOCK_RESERVED => {
                if shared.reserved {
                    return ffi::SQLITE_BUSY;
                }
                (shared.reserved, self.reserved) = (true, true);
            }
            _ => {
                if (shared.reserved && !self.reserved) || (shared.pending && !self.pending) {
                    return ffi::SQLITE_BUSY;
                }
                (shared.pending, self.pending) = (true, true);
                if shared.readers > 1 {
                    return ffi::SQLITE_BUSY;
                }
                shared.exclusive = true;
            }
        }
        self.level = level;
        ffi::SQLITE_OK
    }

    fn unlock(&mut self, shared: &mut Shared, level: c_int) {
        if self.level == ffi::SQLITE_LOCK_EXCLUSIVE {
            shared.exclusive = false;
        }
        if std::mem::take(&mut self.reserved) {
            shared.reserved = false;
        }
        if std::mem::take(&mut self.pending) {
            shared.pending = false;
        }
        if level == ffi::SQLITE_LOCK_NONE && self.level > ffi::SQLITE_LOCK_NONE {
            shared.readers -= 1;
        }
        self.level = self.level.min(level);
    }

    fn lock_slots(&mut self, shared: &mut Shared, slots: std::ops::Range<usize>, flags: c_int) -> c_int {
        let mask = slots.clone().fold(0u32, |mask, slot| mask | 1 << slot);
        if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
            for slot in slots {
                let bit = 1 << slot;
                if self.slots_written & bit != 0 {
                    shared.slots[slot] = 0;
                } else if self.slots_read & bit != 0 {
                    shared.slots[slot] -= 1;
                }
            }
            self.slots_written &= !mask;
            self.slots_read &= !mask;
        } else if flags & ffi::SQLITE_SHM_SHARED != 0 {
            if self.slots_read & mask == 0 {
                if slots.clone().any(|slot| shared.slots[slot] < 0) {
                    return ffi::SQLITE_BUSY;
                }
                slots.for_each(|slot| shared.slots[slot] += 1);
                self.slots_read |= mask;
            }
        } else if self.slots_written & mask != mask {
            if slots.clone().any(|slot| shared.slots[slot] != 0) {
                return ffi::SQLITE_BUSY;
            }
            slots.for_each(|slot| shared.slots[slot] = -1);
            self.slots_written |= mask;
        }
        ffi::SQLITE_OK
    }
}

fn blank_vfs() -> ffi::sqlite3_vfs {
    ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: size_of::<FileSlot>() as c_int,
        mxPathname: 1024,
        pNext: std::ptr::null_mut(),
        zName: std::ptr::null(),
        pAppData: std::ptr::null_mut(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_path),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: None,
        xCurrentTimeInt64: Some(current_time_ms),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

// SAFETY of all functions below: SQLite calls them as documented (https://sqlite.org/c3ref/vfs.html and
// io_methods.html): with this VFS or a file opened by it, one call at a time per file, and with buffers of the stated
// length. A panic ends the process instead of unwinding into C.

/// `None` when the disk is gone.
unsafe fn volume(vfs: *mut ffi::sqlite3_vfs) -> Option<Arc<Volume>> {
    // SAFETY: put there by `FaultyDisk::new`, never freed.
    unsafe { (*(*vfs).pAppData.cast::<Weak<Volume>>()).upgrade() }
}

unsafe fn file<'a>(file: *mut ffi::sqlite3_file) -> &'a mut OpenFile {
    // SAFETY: only files that `open` has completed have these methods.
    unsafe { &mut *(*file.cast::<FileSlot>()).open }
}

unsafe fn text(name: *const c_char) -> String {
    // SAFETY: SQLite's names end in a zero byte.
    unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    into: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    static TEMPORARY: AtomicU64 = AtomicU64::new(1);
    // SAFETY: see above; without methods, SQLite does not close what was not opened.
    unsafe { (*into).pMethods = std::ptr::null() };
    // SAFETY: see above.
    let Some(volume) = (unsafe { volume(vfs) }) else { return ffi::SQLITE_CANTOPEN };
    let name = if name.is_null() {
        format!("temporary-{}", TEMPORARY.fetch_add(1, Ordering::Relaxed))
    } else {
        // SAFETY: see above.
        unsafe { text(name) }
    };
    let handle = match volume.disk.open(&name, flags & ffi::SQLITE_OPEN_CREATE != 0) {
        Ok(handle) => handle,
        Err(error) => return code(Err(error), ffi::SQLITE_CANTOPEN),
    };
    let is_journal = flags & (ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_WAL) != 0;
    let may_be_new = flags & ffi::SQLITE_OPEN_CREATE != 0;
    let open = Box::new(OpenFile {
        volume,
        handle,
        delete_on_close: (flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0).then_some(name),
        sync_name: is_journal && may_be_new,
        level: ffi::SQLITE_LOCK_NONE,
        reserved: false,
        pending: false,
        memory: None,
        slots_read: 0,
        slots_written: 0,
    });
    // SAFETY: `into` has room for `szOsFile` bytes; `out_flags` may be null.
    unsafe {
        (*into.cast::<FileSlot>()).open = Box::into_raw(open);
        (*into).pMethods = &METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: see above.
    let (Some(volume), name) = (unsafe { (volume(vfs), text(name)) }) else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    match volume.disk.remove(&name) {
        Err(DiskError::Missing) => ffi::SQLITE_IOERR_DELETE_NOENT,
        Ok(()) if sync_folder != 0 => code(volume.disk.sync_names(), ffi::SQLITE_IOERR_DIR_FSYNC),
        result => code(result, ffi::SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: see above.
    unsafe {
        let there = volume(vfs).is_some_and(|volume| volume.disk.exists(&text(name)));
        *out = there.into();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_path(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: see above; `out` has `room` bytes.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > place(room.into()) {
            return ffi::SQLITE_CANTOPEN;
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(vfs: *mut ffi::sqlite3_vfs, room: c_int, out: *mut c_char) -> c_int {
    // SAFETY: see above; `out` has `room` bytes.
    let bytes = unsafe { std::slice::from_raw_parts_mut(out.cast::<u8>(), place(room.into())) };
    // SAFETY: see above.
    if let Some(volume) = unsafe { volume(vfs) } {
        volume.disk.random(bytes);
    }
    room
}

/// Only a connection that waits for another one's lock gets here.
unsafe extern "C" fn sleep(_vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    std::thread::sleep(std::time::Duration::from_micros(microseconds.max(0) as u64));
    microseconds
}

/// Noon of 21 November 2026, in milliseconds since the beginning of Julian days: always the same run.
const NOW: ffi::sqlite3_int64 = 212_662_022_400_000;

unsafe extern "C" fn current_time(_vfs: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: see above.
    unsafe { *out = NOW as f64 / 86_400_000.0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn current_time_ms(_vfs: *mut ffi::sqlite3_vfs, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: see above.
    unsafe { *out = NOW };
    ffi::SQLITE_OK
}
