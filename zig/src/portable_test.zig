//! What every system has: the root of the unit tests where abi.zig, which names everything, is not one.

test {
    _ = @import("platform.zig");
    _ = @import("abi/bell.zig");
    _ = @import("abi/pixel.zig");
    _ = @import("abi/ring.zig");
    _ = @import("abi/rtp.zig");
    _ = @import("abi/tai.zig");
    _ = @import("abi/time.zig");
    _ = @import("abi/timestamp.zig");
    _ = @import("abi/buffer.zig");
    _ = @import("abi/explain.zig");
    _ = @import("handle.zig");
    _ = @import("lock.zig");
    _ = @import("thread_holds.zig");
    _ = @import("event_loop.zig");
    _ = @import("bell.zig");
    _ = @import("ring_layout.zig");
    _ = @import("ring.zig");
    _ = @import("shm.zig");
    _ = @import("futex.zig");
    _ = @import("time.zig");
    _ = @import("tai.zig");
    _ = @import("pixel.zig");
    _ = @import("rtp.zig");
    _ = @import("st2110.zig");
    _ = @import("ptp.zig");
}
