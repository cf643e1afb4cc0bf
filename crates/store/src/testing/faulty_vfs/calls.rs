//! What SQLite asks of a file that is open. SAFETY of all functions: as in the module above.

use super::*;

pub(super) fn code(result: Result<(), DiskError>, otherwise: c_int) -> c_int {
    match result {
        Ok(()) => ffi::SQLITE_OK,
        Err(DiskError::Full) => ffi::SQLITE_FULL,
        Err(DiskError::Missing) => ffi::SQLITE_CANTOPEN,
        Err(DiskError::Io) => otherwise,
    }
}

/// Numbers that SQLite hands over are never negative.
pub(super) fn place(n: ffi::sqlite3_int64) -> usize {
    usize::try_from(n).unwrap_or(0)
}

pub(super) unsafe extern "C" fn close(f: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: see above; SQLite does not use the file after this.
    let mut open = unsafe {
        (*f).pMethods = std::ptr::null();
        Box::from_raw((*f.cast::<FileSlot>()).open)
    };
    open.with_shared(|open, shared| open.unlock(shared, ffi::SQLITE_LOCK_NONE));
    if let Some(name) = &open.delete_on_close {
        // A file that nobody sees after a crash may as well stay.
        let _ = open.volume.disk.remove(name);
    }
    ffi::SQLITE_OK
}

pub(super) unsafe extern "C" fn read(
    f: *mut ffi::sqlite3_file,
    out: *mut c_void,
    n: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: see above.
    let (open, into) =
        unsafe { (file(f), std::slice::from_raw_parts_mut(out.cast::<u8>(), place(n.into()))) };
    match open.volume.disk.read(open.handle, place(at), into) {
        Ok(n) if n == into.len() => ffi::SQLITE_OK,
        Ok(n) => {
            into[n..].fill(0);
            ffi::SQLITE_IOERR_SHORT_READ
        }
        Err(_) => ffi::SQLITE_IOERR_READ,
    }
}

pub(super) unsafe extern "C" fn write(
    f: *mut ffi::sqlite3_file,
    from: *const c_void,
    n: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: see above.
    let (open, bytes) = unsafe { (file(f), std::slice::from_raw_parts(from.cast::<u8>(), place(n.into()))) };
    code(open.volume.disk.write(open.handle, place(at), bytes), ffi::SQLITE_IOERR_WRITE)
}

pub(super) unsafe extern "C" fn truncate(f: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    // SAFETY: see above.
    let open = unsafe { file(f) };
    code(open.volume.disk.set_length(open.handle, place(length)), ffi::SQLITE_IOERR_TRUNCATE)
}

pub(super) unsafe extern "C" fn sync(f: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: see above.
    let open = unsafe { file(f) };
    let disk = &open.volume.disk;
    let mut result = disk.sync(open.handle);
    if result.is_ok() && open.sync_name {
        result = disk.sync_names();
        open.sync_name = result.is_err();
    }
    code(result, ffi::SQLITE_IOERR_FSYNC)
}

pub(super) unsafe extern "C" fn file_size(f: *mut ffi::sqlite3_file, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: see above.
    let open = unsafe { file(f) };
    let Ok(length) = open.volume.disk.length(open.handle) else { return ffi::SQLITE_IOERR_FSTAT };
    // SAFETY: see above.
    unsafe { *out = length as ffi::sqlite3_int64 };
    ffi::SQLITE_OK
}

pub(super) unsafe extern "C" fn lock(f: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: see above.
    let open = unsafe { file(f) };
    open.with_shared(|open, shared| open.lock(shared, level)).unwrap_or(ffi::SQLITE_IOERR_LOCK)
}

pub(super) unsafe extern "C" fn unlock(f: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: see above.
    let open = unsafe { file(f) };
    open.with_shared(|open, shared| open.unlock(shared, level));
    ffi::SQLITE_OK
}

pub(super) unsafe extern "C" fn check_reserved_lock(f: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: see above.
    let open = unsafe { file(f) };
    let held = open.with_shared(|_, shared| shared.reserved || shared.exclusive).unwrap_or(false);
    // SAFETY: see above.
    unsafe { *out = held.into() };
    ffi::SQLITE_OK
}

pub(super) unsafe extern "C" fn file_control(
    _f: *mut ffi::sqlite3_file,
    _op: c_int,
    _arg: *mut c_void,
) -> c_int {
    ffi::SQLITE_NOTFOUND
}

pub(super) unsafe extern "C" fn sector_size(_f: *mut ffi::sqlite3_file) -> c_int {
    512
}

pub(super) unsafe extern "C" fn device_characteristics(_f: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

pub(super) unsafe extern "C" fn shm_map(
    f: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: see above.
    let open = unsafe { file(f) };
    // SAFETY: see above.
    unsafe { *out = std::ptr::null_mut() };
    if open.memory.is_none() {
        open.memory = open.with_shared(|_, shared| shared.memory.clone());
    }
    let Some(memory) = &open.memory else { return ffi::SQLITE_IOERR_SHMMAP };
    let mut regions = memory.0.lock().unwrap_or_else(|e| e.into_inner());
    let region = place(region.into());
    while regions.len() <= region {
        if extend == 0 {
            return ffi::SQLITE_OK;
        }
        let words = vec![0u64; place(size.into()) / 8].into_boxed_slice();
        regions.push(Region(Box::into_raw(words)));
    }
    // SAFETY: see above.
    unsafe { *out = regions[region].0.cast() };
    ffi::SQLITE_OK
}

pub(super) unsafe extern "C" fn shm_lock(
    f: *mut ffi::sqlite3_file,
    first: c_int,
    n: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: see above.
    let open = unsafe { file(f) };
    let slots = place(first.into())..place((first + n).into());
    open.with_shared(|open, shared| open.lock_slots(shared, slots, flags))
        .unwrap_or(ffi::SQLITE_IOERR_SHMLOCK)
}

pub(super) unsafe extern "C" fn shm_barrier(_f: *mut ffi::sqlite3_file) {
    fence(Ordering::SeqCst);
}

pub(super) unsafe extern "C" fn shm_unmap(f: *mut ffi::sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: see above.
    let open = unsafe { file(f) };
    open.with_shared(|open, shared| {
        let all = 0..shared.slots.len();
        open.lock_slots(shared, all, ffi::SQLITE_SHM_UNLOCK);
        open.memory = None;
        // The last one takes the memory along: the next connection reads the log anew.
        if Arc::strong_count(&shared.memory) == 1 {
            shared.memory = Arc::default();
        }
    });
    open.memory = None;
    ffi::SQLITE_OK
}
