//! This computer's name, and what tells one session on it from another.

/// What this computer is called, for the list of devices.
pub fn computer_name() -> String {
    let from_kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    from_kernel
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map(|name| name.trim().chars().take(100).collect::<String>())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "this computer".into())
}

/// Boot and session bus: the daemons' unique names mean nothing outside them.
pub(crate) fn bus_session() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap_or_default();
    format!("{} {bus}", boot.trim())
}
