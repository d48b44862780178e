//! Memory of this process alone: what stands for shared memory where the system has no anonymous files as Linux has.
//! Its threads share it all the same.

const std = @import("std");
const shm = @import("shm.zig");
const system = @import("platform.zig").system;
const Error = @import("result.zig").Error;

pub const PrivateSegment = struct {
    memory: []align(shm.page_bytes) u8,

    /// Makes a segment of zeros. `bytes` must be a multiple of the page.
    pub fn create(bytes: u64) Error!PrivateSegment {
        std.debug.assert(bytes > 0 and bytes % shm.page_bytes == 0);
        if (bytes > shm.availableBytes()) return error.OutOfMemory;
        const memory = try system.reserve(std.math.cast(usize, bytes) orelse return error.OutOfMemory);
        // Its pages are there before the first frame is.
        var at: usize = 0;
        while (at < memory.len) : (at += shm.page_bytes) @as(*volatile u8, &memory[at]).* = 0;
        return .{ .memory = memory };
    }

    /// No other process has a segment that could be opened.
    pub fn open(_: shm.Address, _: usize) Error!PrivateSegment {
        return error.NotSupported;
    }

    /// No other process can open it.
    pub fn address(_: PrivateSegment, _: shm.Key) Error!shm.Address {
        return error.NotSupported;
    }

    pub fn destroy(self: PrivateSegment) void {
        system.release(self.memory);
    }
};

test "a segment is zeros, is written, and cannot be more than the machine has" {
    const segment = try PrivateSegment.create(3 * shm.page_bytes);
    defer segment.destroy();
    try std.testing.expect(std.mem.allEqual(u8, segment.memory, 0));
    @memset(segment.memory, 7);
    try std.testing.expectEqual(@as(u8, 7), segment.memory[3 * shm.page_bytes - 1]);
    try std.testing.expectError(error.OutOfMemory, PrivateSegment.create(1 << 46));
    const nowhere: shm.Address = .{ .pid = 1, .fd = 3, .key = @splat(0) };
    try std.testing.expectError(error.NotSupported, PrivateSegment.open(nowhere, shm.page_bytes));
    try std.testing.expectError(error.NotSupported, segment.address(@splat(0)));
}
