//! A queue of a device: work that is submitted to it begins in order.
//!
//! Several streams may share one (a software device has a single queue), so a lock stands before it.

const functions = @import("functions.zig");
const vk = @import("vk.zig");
const Lock = @import("../lock.zig").Lock;

/// What a queue is for. Where a device has no queue of that kind alone, it is the main one.
pub const Role = enum {
    /// Draws, computes and copies.
    main,
    /// Computes and copies beside what is drawn.
    compute,
    /// Copies beside everything else.
    transfer,
};

pub const Queue = struct {
    handle: vk.Queue,
    role: Role,
    family: u32,
    /// Its place among the queues of its family.
    place: u32,
    /// Bits of a time stamp that count; 0 if there are no time stamps.
    stamp_bits: u32,
    lock: Lock = .{},

    pub fn submit(self: *Queue, f: *const functions.DeviceFunctions, info: *const vk.SubmitInfo2) vk.Result {
        self.lock.acquire();
        defer self.lock.release();
        return f.queueSubmit2(self.handle, 1, @ptrCast(info), .none);
    }
};
