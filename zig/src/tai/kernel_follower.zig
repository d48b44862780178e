//! Threads that follow the kernel's disciplined clock and tell this machine its TAI by it, by handle.
//!
//! One of a machine publishes; the others wait for their turn, and take over when it is gone. A follower makes room for a
//! client of PTP, which asks only when it has a time to tell. While nobody disciplines the kernel's clock, it keeps to
//! what others have left that is better. Ten readings a second.

const std = @import("std");
const linux = std.os.linux;
const futex = @import("../futex.zig");
const kernel_clock = @import("kernel_clock.zig");
const region = @import("region.zig");
const tai = @import("../tai.zig");
const time = @import("../time.zig");
const Error = @import("../result.zig").Error;
const Follower = @import("follower.zig").Follower;
const Lock = @import("../lock.zig").Lock;
const Threaded = @import("../threaded.zig").Threaded;

const reading_ns = 100 * std.time.ns_per_ms;
/// Between two tries to become the one that publishes.
const try_ns = std.time.ns_per_s;
/// How long a client of PTP has to take its turn.
const room_ns = 5 * std.time.ns_per_s;
/// Between two words of a publisher whose mapping has not changed.
const status_ns = 250 * std.time.ns_per_ms;
/// How long `close` waits for the thread, which a busy machine may keep from running.
const close_ns_max = 100 * std.time.ns_per_ms;

/// What a follower has seen and done.
pub const Statistics = extern struct {
    /// TAI less monotonic time by the kernel's clock, ns.
    offset_ns: i64 = 0,
    /// Half the time that the last reading took.
    reading_error_ns: u64 = 0,
    /// What whoever disciplines the clock takes it to be off by, and by at most, ns; 0 when nothing is said.
    estimated_error_ns: u64 = 0,
    max_error_ns: u64 = 0,
    /// By how much the clock is made faster than its oscillator.
    frequency_ppb: f64 = 0,
    readings: u64 = 0,
    /// How often the clock was set, and by how much last.
    steps: u64 = 0,
    last_step_ns: i64 = 0,
    /// Values of `ptp/tai_mapping.zig` State.
    state: u32 = 0,
    tai_utc_s: u32 = 0,
    /// 1 when somebody has told the kernel TAI - UTC.
    is_tai_set: u32 = 0,
    /// 1 when somebody disciplines the clock and says that it is right.
    is_synchronised: u32 = 0,
    /// 1 when this follower tells the machine its TAI.
    is_publisher: u32 = 0,
    reserved: u32 = 0,
};

const Task = struct {
    lock: Lock = .{},
    statistics: Statistics = .{},
    /// 1 when the thread is to end; it sleeps on this.
    closing: std.atomic.Value(u32) = .init(0),
    ended: std.atomic.Value(u32) = .init(0),
    publisher: ?tai.Publisher = null,
    follower: ?Follower = null,
    next_try_ns: u64 = 0,
    next_status_ns: u64 = 0,

    pub fn loop(self: *Task) void {
        while (self.closing.load(.acquire) == 0) {
            self.turn();
            _ = futex.waitUntil(&self.closing, 0, time.monotonicNs() + reading_ns);
        }
        self.closeAll();
    }

    /// By the thread at its end, or if there is none.
    pub fn closeAll(self: *Task) void {
        if (self.publisher) |*publisher| publisher.close();
    }

    pub fn destroy(self: *Task) void {
        std.heap.page_allocator.destroy(self);
    }

    pub fn isClosing(self: *const Task) bool {
        return self.closing.load(.acquire) != 0;
    }

    /// False if somebody has stopped it before.
    pub fn stop(self: *Task) bool {
        if (self.closing.swap(1, .acq_rel) != 0) return false;
        futex.wakeAll(&self.closing);
        const deadline_ns = time.monotonicNs() + close_ns_max;
        while (self.ended.load(.acquire) == 0 and time.monotonicNs() < deadline_ns) {
            _ = futex.waitUntil(&self.ended, 0, deadline_ns);
        }
        return true;
    }

    fn turn(self: *Task) void {
        const reading = kernel_clock.read();
        const now_ns = time.monotonicNs();
        if (self.publisher == null and now_ns >= self.next_try_ns) {
            self.next_try_ns = now_ns + try_ns;
            const is_free = tai.told(now_ns).state == @backingInt(tai.State.free);
            if (reading.is_synchronised or is_free) self.become(reading);
        } else if (self.publisher) |*publisher| {
            if (publisher.isWanted()) {
                publisher.close();
                self.publisher = null;
                self.next_try_ns = now_ns + room_ns;
            }
        }
        if (self.follower == null) self.follower = .init(reading, null);
        const follower = &self.follower.?;
        const before = follower.mapping().*;
        follower.read(reading);
        const is_changed = !std.mem.eql(u8, std.mem.asBytes(&before), std.mem.asBytes(follower.mapping()));
        const statistics = self.report(reading);
        const publisher = if (self.publisher) |*one| one else return;
        publisher.setTaiUtc(reading.tai_utc_s);
        if (is_changed or now_ns >= self.next_status_ns) publisher.publish(follower.mapping());
        if (now_ns < self.next_status_ns) return;
        self.next_status_ns = now_ns + status_ns;
        publisher.publishStatus(&.of(@backingInt(tai.Source.kernel_followed), now_ns, statistics));
    }

    /// Goes on from what others have published, when it is the turn of this one.
    fn become(self: *Task, reading: kernel_clock.Reading) void {
        self.publisher = tai.Publisher.open(.{}, .kernel_followed) catch return;
        self.follower = .init(reading, self.publisher.?.begin());
    }

    fn report(self: *Task, reading: kernel_clock.Reading) Statistics {
        const follower = &self.follower.?;
        self.lock.acquire();
        defer self.lock.release();
        self.statistics = .{
            .offset_ns = reading.offset_ns,
            .reading_error_ns = reading.error_ns,
            .estimated_error_ns = reading.estimated_error_ns,
            .max_error_ns = reading.max_error_ns,
            .frequency_ppb = reading.frequency_ppb,
            .readings = self.statistics.readings + 1,
            .steps = follower.steps,
            .last_step_ns = follower.last_step_ns,
            .state = @backingInt(follower.state),
            .tai_utc_s = reading.tai_utc_s,
            .is_tai_set = @intFromBool(reading.is_tai_set),
            .is_synchronised = @intFromBool(reading.is_synchronised),
            .is_publisher = @intFromBool(self.publisher != null),
        };
        return self.statistics;
    }

    pub fn statisticsNow(self: *Task) Statistics {
        self.lock.acquire();
        defer self.lock.release();
        return self.statistics;
    }
};

const followers = Threaded(Task, 64, "sl-tai");

/// Starts a follower. The first reading is taken before it returns.
pub fn open() Error!u32 {
    const task = std.heap.page_allocator.create(Task) catch return error.OutOfMemory;
    task.* = .{};
    task.turn();
    return followers.start(task);
}

pub fn statisticsOf(handle: u32) Error!Statistics {
    return followers.statisticsOf(handle);
}

/// Ends a follower: another process may publish from now on. At most 100 ms later its thread has ended, unless the
/// machine is too busy.
pub fn close(handle: u32) Error!void {
    _ = try followers.close(handle);
}
