//! The calling thread and the process. See ../process.zig.

const process = @import("../process.zig");
const result = @import("../result.zig");

/// Has the calling thread run before all normal ones (SCHED_FIFO, priority 1 to 99): `ok`, `permission` if the system
/// does not let this user, `out_of_range`.
pub fn sl_process_set_real_time(priority: u32) callconv(.c) i32 {
    return result.code(process.setRealTime(priority));
}

/// Has the calling thread run like all others again.
pub fn sl_process_set_normal() callconv(.c) i32 {
    return result.code(process.setNormal());
}

/// Kills this process within 200 ms when `parent_pid` is no longer its parent. `already_set` for a second parent.
pub fn sl_process_exit_with_parent(parent_pid: u32) callconv(.c) i32 {
    return result.code(process.exitWithParent(parent_pid));
}
