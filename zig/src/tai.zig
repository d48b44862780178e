//! TAI as all processes of this machine tell it.
//!
//! Somebody publishes how TAI goes (a PTP client, a follower of the kernel's clock), in a small file that all processes
//! map; everyone computes TAI from it and from the monotonic clock. So two processes say the same nanosecond for the
//! same monotonic instant. While nobody has ever published, each process has its own reading of the system's clock, a
//! constant offset (`time.mapping`). TAI jumps forward where it is stepped. It goes back only in a step of more than a
//! second; a smaller one is told by going at a lower pace.
//!
//!     publisher -> region (file, two pages) -> reader of each process -> now(), taiOf(), monotonicOf()
//!
//! Processes that were started with the same STREAMLIB_TAI (letters, digits and `.-_`, 64 at most; "default" without
//! it) share TAI. Where processes share nothing (platform.zig) each has its own reading.

const std = @import("std");
const time = @import("time.zig");
const Error = @import("result.zig").Error;
pub const kernel_follower = @import("tai/kernel_follower.zig");
const local_clock = @import("tai/local_clock.zig");
const own_reader = @import("tai/own_reader.zig");
const platform = @import("platform.zig");
const publisher = @import("tai/publisher.zig");
const reader = @import("tai/reader.zig");
const region = @import("tai/region.zig");
pub const tai_mapping = @import("ptp/tai_mapping.zig");

pub const LocalClock = local_clock.LocalClock;
pub const Refusal = region.Refusal;
pub const Source = region.Source;
pub const State = tai_mapping.State;
pub const Status = region.Status;
pub const TaiMapping = tai_mapping.TaiMapping;
pub const Told = @import("tai/told.zig").Told;

var process: if (platform.is_whole) reader.Reader else own_reader.OwnReader = .{};

/// TAI, ns since 1970-01-01 00:00:00 TAI. Less than it was, in any thread, only after a step back of more than a second.
pub fn now() u64 {
    return process.taiOf(time.monotonicNs());
}

/// TAI at a monotonic instant. One to come is told as it looks now.
pub fn taiOf(monotonic_ns: u64) u64 {
    return process.taiOf(monotonic_ns);
}

/// The first monotonic instant at which TAI has reached `tai_ns`.
pub fn monotonicOf(tai_ns: u64) u64 {
    return process.monotonicOf(tai_ns);
}

/// TAI at a monotonic instant with where it comes from and how good it is. `state` is holdover when the publisher has
/// died, and free when the error may be more than 1 ms by now.
pub fn told(monotonic_ns: u64) Told {
    return process.told(monotonic_ns);
}

/// What the publisher tells of itself, null if there never was one.
pub fn status() ?Status {
    return process.status();
}

/// The process that publishes now, 0 if none does.
pub fn publisherPid() u32 {
    return process.told(time.monotonicNs()).publisher_pid;
}

/// Takes over the fixed offset of the process that this one works for, before anybody asks for TAI.
/// `error.AlreadySet` if another one was in use.
pub fn adoptFixed(offset_ns: i64) Error!void {
    return time.adopt(offset_ns);
}

/// The right to tell this machine its TAI. See tai/publisher.zig.
pub const Publisher = struct {
    inner: publisher.Publisher,

    pub fn open(local: LocalClock, source: Source) Error!Publisher {
        return .{ .inner = try .openIn(&process, local, source) };
    }

    pub fn begin(self: *Publisher) ?TaiMapping {
        return self.inner.begin();
    }

    pub fn publish(self: *Publisher, mapping: *const TaiMapping) void {
        self.inner.publish(mapping);
    }

    pub fn publishStatus(self: *Publisher, value: *const Status) void {
        self.inner.publishStatus(value);
    }

    /// TAI - UTC, told from the next `publish` on.
    pub fn setTaiUtc(self: *Publisher, tai_utc_s: u32) void {
        self.inner.tai_utc_s = tai_utc_s;
    }

    pub fn isShared(self: *const Publisher) bool {
        return self.inner.isShared();
    }

    /// Whether a client of PTP waits for its turn.
    pub fn isWanted(self: *const Publisher) bool {
        return self.inner.isWanted();
    }

    pub fn close(self: *Publisher) void {
        self.inner.close();
    }
};

test {
    _ = local_clock;
    _ = own_reader;
    _ = region;
    _ = @import("tai/late_mapping.zig");
    if (!platform.is_whole) return;
    _ = kernel_follower;
    _ = publisher;
    _ = reader;
    _ = @import("tai/follower.zig");
    _ = @import("tai/kernel_clock.zig");
    _ = @import("tai/processes_test.zig");
    _ = @import("tai/region_file_test.zig");
    _ = @import("tai/tai_test.zig");
}
