//! The system under the library, and what of the library is there. The one place that asks which system it is.
//!
//! The library was made for Linux: memory and descriptors that processes share, sockets that send and receive in
//! batches and threads of its own are Linux's. What needs none of that is on macOS and Windows too: pixels, clocks,
//! waits, RTP, and rings and bells between threads of one process. Every function of the ABI is exported everywhere;
//! those of nouns that a system does not have answer `not_supported`.

const std = @import("std");
const builtin = @import("builtin");

/// What the rest of the library asks of a system, by the same names for each.
pub const system = switch (builtin.os.tag) {
    .linux => @import("platform/linux.zig"),
    .macos => @import("platform/macos.zig"),
    .windows => @import("platform/windows.zig"),
    else => |tag| @compileError("there is no platform/" ++ @tagName(tag) ++ ".zig"),
};

/// Whether the system has everything that the library is made of.
pub const is_whole = builtin.os.tag == .linux;

/// Nouns of the ABI that every system has. Those of bells and rings that are about other processes answer
/// `not_supported` where the system is not whole.
const nouns_everywhere = [_][]const u8{ "library", "ring", "bell", "time", "tai", "pixel", "rtp", "timestamp" };

/// Whether a noun of the ABI is there.
pub fn has(comptime noun: []const u8) bool {
    if (is_whole) return true;
    for (nouns_everywhere) |name| {
        if (std.mem.eql(u8, name, noun)) return true;
    }
    return false;
}

test {
    _ = @import("private_memory.zig");
}

test "a thread has a number of its own, is not the main one, and is known to have ended" {
    const Seen = struct {
        id: u32 = 0,
        is_main: bool = true,
        has_ended: bool = true,

        fn run(self: *@This()) void {
            self.id = system.threadId();
            self.is_main = system.isMainThread();
            self.has_ended = system.hasEnded(system.processId(), self.id);
        }
    };
    var seen: Seen = .{};
    const thread = try std.Thread.spawn(.{}, Seen.run, .{&seen});
    thread.join();
    try std.testing.expect(seen.id != 0 and seen.id != system.threadId());
    try std.testing.expect(!seen.is_main and !seen.has_ended);
    try std.testing.expect(system.isMainThread());
    try std.testing.expect(system.hasEnded(system.processId(), seen.id));
    try std.testing.expect(!system.hasEnded(system.processId(), system.threadId()));
    try std.testing.expect(!system.hasEnded(system.processId(), 0));
}
