//! Followers of the kernel's disciplined clock, by handle. See ../tai/kernel_follower.zig.

const result = @import("../result.zig");
const tai = @import("../tai.zig");
const Buffer = @import("buffer.zig");
const ThreadHolds = @import("../thread_holds.zig").ThreadHolds;

const Error = result.Error;
const kernel_follower = tai.kernel_follower;

pub const layouts = .{ .FollowerStatistics = kernel_follower.Statistics };

/// Which thread has opened which follower.
var thread_holds: ThreadHolds(64) = .{};

/// Closes what the calling thread, which has ended, left open.
pub fn threadEnded() void {
    while (thread_holds.next()) |follower| kernel_follower.close(follower) catch {};
}

/// Starts a thread that follows the kernel's clock, which somebody else disciplines, and tells this machine its TAI by
/// it while no other process tells it; returns its handle.
pub fn sl_follower_open() callconv(.c) i32 {
    return result.code(open());
}

fn open() Error!u32 {
    const handle = try kernel_follower.open();
    thread_holds.add(handle) catch |err| {
        kernel_follower.close(handle) catch unreachable;
        return err;
    };
    return handle;
}

/// Writes what the follower has seen (layout FollowerStatistics).
pub fn sl_follower_statistics(follower: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(statistics(follower, out, out_bytes));
}

fn statistics(follower: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    return Buffer.write(kernel_follower.Statistics, try kernel_follower.statisticsOf(follower), out, out_bytes);
}

/// Stops the thread, which takes at most 100 ms. What it told last goes on being used, as a holdover.
pub fn sl_follower_close(follower: u32) callconv(.c) i32 {
    return result.code(close(follower));
}

fn close(follower: u32) Error!void {
    try kernel_follower.close(follower);
    thread_holds.remove(follower);
}
