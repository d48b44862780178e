//! What this thread and this process ask of the system: real-time priority, and not to outlive the parent.

const std = @import("std");
const linux = std.os.linux;
const thread = @import("thread.zig");
const time = @import("time.zig");
const Error = @import("result.zig").Error;

/// Has the calling thread run before all normal ones (SCHED_FIFO). `priority` is 1 to 99, and above 50 it runs before
/// the kernel's own interrupt threads. `error.Permission` without the right (CAP_SYS_NICE, RLIMIT_RTPRIO).
pub fn setRealTime(priority: u32) Error!void {
    const lowest: u32 = @intCast(linux.sched_get_priority_min(.{ .mode = .FIFO }));
    const highest: u32 = @intCast(linux.sched_get_priority_max(.{ .mode = .FIFO }));
    if (priority < lowest or priority > highest) return error.OutOfRange;
    // Threads that this one makes are normal.
    return setScheduler(.{ .mode = .FIFO, .RESET_ON_FORK = true }, @intCast(priority));
}

/// Has the calling thread run like all others again.
pub fn setNormal() Error!void {
    // The flag stays: to clear it takes a right that a thread may not have.
    return setScheduler(.{ .mode = .NORMAL, .RESET_ON_FORK = true }, 0);
}

fn setScheduler(policy: linux.SCHED, priority: i32) Error!void {
    const parameters: linux.sched_param = .{ .priority = priority };
    return switch (linux.errno(linux.sched_setscheduler(0, policy, &parameters))) {
        .SUCCESS => {},
        .PERM, .ACCES => error.Permission,
        .NOSYS => error.NotSupported,
        else => error.SystemFailed,
    };
}

const watch_ns = 100 * 1_000_000;

var watched_parent: std.atomic.Value(u32) = .init(0);

/// From now on this process kills itself within 200 ms of the death of its parent, also while JavaScript is stuck. The
/// kernel's own way (PR_SET_PDEATHSIG) follows the thread that made this process, and threads of a runtime come and go.
pub fn exitWithParent(parent_pid: u32) Error!void {
    if (parent_pid == 0 or parent_pid > std.math.maxInt(i32)) return error.OutOfRange;
    if (watched_parent.cmpxchgStrong(0, parent_pid, .acq_rel, .acquire)) |watched| {
        return if (watched == parent_pid) {} else error.AlreadySet;
    }
    errdefer watched_parent.store(0, .release);
    try thread.start("sl-parent", watch, parent_pid);
}

fn watch(parent_pid: u32) void {
    // A parent that died before the watch began is seen by the first look.
    while (linux.getppid() == @as(i32, @intCast(parent_pid))) {
        time.sleepUntil(time.monotonicNs() + watch_ns) catch {};
    }
    _ = linux.kill(linux.getpid(), .KILL);
}

test "setRealTime() refuses priorities that do not exist, and setNormal() undoes it" {
    try std.testing.expectError(error.OutOfRange, setRealTime(0));
    try std.testing.expectError(error.OutOfRange, setRealTime(100));
    if (setRealTime(1)) {
        try std.testing.expectEqual(@as(usize, 1), linux.sched_getscheduler(0) & 7);
    } else |err| try std.testing.expectEqual(error.Permission, err);
    try setNormal();
    try std.testing.expectEqual(@as(usize, 0), linux.sched_getscheduler(0) & 7);
}

test "exitWithParent() watches one parent" {
    const parent: u32 = @intCast(linux.getppid());
    try std.testing.expectError(error.OutOfRange, exitWithParent(0));
    try exitWithParent(parent);
    try exitWithParent(parent);
    try std.testing.expectError(error.AlreadySet, exitWithParent(parent + 1));
}
