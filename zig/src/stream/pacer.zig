//! Sends the packets of a frame when its schedule says: how many go now, and the wait until then (ST 2110-21).
//!
//! A packet every 3.7 µs is too much for one call of the kernel each, and a call takes many packets; but what is given
//! together leaves back to back, at the rate of the line. So the pacer hands out batches, and what a batch may be is a
//! choice between the network's comfort and processor time:
//!
//! | pacing  | a batch is                           | the wait is            | the price is               |
//! | ------- | ------------------------------------ | ---------------------- | -------------------------- |
//! | strict  | what C_MAX and VRX_FULL allow        | sleep, then 60 µs spin | most of a processor        |
//! | batched | what falls due within 500 µs         | sleep                  | bursts above C_MAX         |
//! | none    | the whole frame                      | none                   | bursts of a whole frame    |
//!
//! A batch goes at the instant of its first packet: the rest are early, which only takes room in the receiver, while a
//! packet that is late is missing there. As a processor is always a little late, all batches are planned ahead of the
//! schedule: strict ones by half of the room that is left (`Schedule.leadNs`), batched ones by 500 µs.
//!
//! Strict keeps a leaky bucket of its own, as the network model does, with the instants at which batches really left.
//! After a stall the backlog is therefore not sent at once but as fast as the bucket drains, a tenth faster than the
//! average; the last word has the thread that sends, and the kernel after it. Batched has a bucket of two batches that
//! drains twice as fast as real time.
//!
//! The clock is a parameter: with a virtual one every batch is at its instant to the nanosecond.

const std = @import("std");
const time = @import("../time.zig");
const schedule_of = @import("../st2110/schedule.zig");

pub const Schedule = schedule_of.Schedule;

pub const Pacing = enum(u32) {
    strict = 1,
    batched = 2,
    none = 3,
};

pub const Options = struct {
    pacing: Pacing = .strict,
    /// Packets in a batch of strict pacing, at most `Schedule.burst_max`; 0 is that. Other pacings have no use for it.
    burst: u32 = 0,
    /// What falls due in this time is a batch of batched pacing.
    quantum_ns: u64 = 500_000,
    /// How far ahead of the schedule to be; null is what `Schedule.leadNs` says.
    lead_ns: ?u64 = null,
};

/// Of the histogram: 0 holds what was exact, k what was 2^(k-1) to 2^k - 1 ns after the plan, the last all above.
pub const deviation_buckets = 40;

pub const Stats = struct {
    frames: u64 = 0,
    batches: u64 = 0,
    packets: u64 = 0,
    /// Handed over after the instant of their first packet.
    late_frames: u64 = 0,
    /// Their first packet left after its instant in the schedule, so that the virtual receiver had it too late. What is
    /// after the plan by less than the lead is not.
    late_batches: u64 = 0,
    /// The most that a first packet was after its instant in the schedule.
    worst_late_ns: u64 = 0,
    /// Packets in the largest batch.
    batch_max: u32 = 0,
    /// How far after its planned instant each batch left.
    deviation: [deviation_buckets]u64 = @splat(0),
};

/// No call waits longer, so that the thread can be stopped.
pub const wait_ns_max = 50 * std.time.ns_per_ms;

/// A sleep can end this much late; the rest before an instant is spun.
pub const spin_ns = 60_000;

/// Sending a batch takes some µs. If it took longer than this the thread was held up, nobody knows whether before the
/// packets left or after, and the later is assumed.
pub const stall_ns = 100_000;

/// The machine's monotonic clock, which `start_ns` is on.
pub const MonotonicClock = struct {
    pub fn nowNs(_: MonotonicClock) u64 {
        return time.monotonicNs();
    }

    /// At least until then, if that is less than 100 ms away.
    pub fn sleepUntil(_: MonotonicClock, deadline_ns: u64) void {
        // Where the kernel refuses to sleep, the caller spins.
        time.sleepUntil(deadline_ns) catch {};
    }

    /// Gives the instant that it came back at.
    pub fn spinUntil(_: MonotonicClock, deadline_ns: u64) u64 {
        while (true) {
            const now_ns = time.monotonicNs();
            if (now_ns >= deadline_ns) return now_ns;
            std.atomic.spinLoopHint();
        }
    }
};

pub const Pacer = PacerOf(MonotonicClock);

/// For one sender and its thread. `Clock` has the three functions of `MonotonicClock`.
pub fn PacerOf(comptime Clock: type) type {
    return struct {
        const Self = @This();

        schedule: Schedule,
        options: Options,
        clock: Clock,
        /// Packets in a batch of strict pacing.
        burst: u32,
        lead_ns: u64,
        stats: Stats = .{},
        /// When the first packet of the frame is planned.
        start_ns: u64 = 0,
        packet_count: u32 = 0,
        next: u32 = 0,
        /// The bucket was this far from empty when the last batch left, in time that the network model takes to drain it.
        level_ns: u64 = 0,
        left_ns: u64 = 0,
        /// The caller has a batch that we have not seen the end of.
        sending: bool = false,

        pub fn init(schedule: Schedule, options: Options, clock: Clock) Self {
            std.debug.assert(options.quantum_ns > 0);
            var self: Self = .{ .schedule = schedule, .options = options, .clock = clock, .burst = 0, .lead_ns = 0 };
            self.reschedule(schedule);
            return self;
        }

        /// Another schedule from the next frame on, as for pictures whose count of packets is not constant. Statistics
        /// go on.
        pub fn reschedule(self: *Self, schedule: Schedule) void {
            self.schedule = schedule;
            const wanted = if (self.options.burst == 0) schedule.burst_max else self.options.burst;
            self.burst = @max(1, @min(wanted, schedule.burst_max));
            self.lead_ns = self.options.lead_ns orelse switch (self.options.pacing) {
                .strict => schedule.leadNs(self.burst),
                // Who takes such bursts has room for two. Sleepers wake some 60 us after their time, and where a machine
                // has much to do often some hundreds.
                .batched => self.options.quantum_ns,
                .none => 0,
            };
        }

        /// Begins a frame whose datum (T_VD) is at `start_ns`; waits for nothing. What was left of the frame before is
        /// forgotten.
        pub fn begin(self: *Self, start_ns: u64, packet_count: u32) void {
            self.endBatch();
            self.start_ns = start_ns -| self.lead_ns;
            self.packet_count = packet_count;
            self.next = 0;
            self.stats.frames += 1;
            if (self.options.pacing != .none and self.clock.nowNs() > start_ns) self.stats.late_frames += 1;
        }

        /// Waits until packets are due and gives how many are to be sent now; null if the frame is over; 0 if 50 ms
        /// passed and none was due. Called when the batch before has been sent.
        pub fn nextBatch(self: *Self) ?u32 {
            self.endBatch();
            if (self.next >= self.packet_count) return null;
            if (self.options.pacing == .none) {
                const count = self.packet_count - self.next;
                self.take(count);
                return count;
            }
            const batch = self.plan();
            const now_ns = self.wait(self.earliest(batch)) orelse return 0;
            self.record(now_ns - batch.due_ns);
            self.level_ns = self.level_ns -| self.drainSpeed() * (now_ns - self.left_ns);
            self.level_ns += self.schedule.drainNs(batch.count, .up);
            self.left_ns = now_ns;
            self.sending = true;
            self.take(batch.count);
            return batch.count;
        }

        const Batch = struct { count: u32, due_ns: u64 };

        fn plan(self: *const Self) Batch {
            const offset_ns = self.schedule.offsetNs(self.next);
            if (self.options.pacing == .strict) {
                // The packets after a gap do not go before it.
                const gap = self.schedule.gapAt();
                const end = if (self.next < gap) @min(gap, self.packet_count) else self.packet_count;
                return .{ .count = @min(self.burst, end - self.next), .due_ns = self.start_ns + offset_ns };
            }
            const quantum_ns = self.options.quantum_ns;
            const first_ns = offset_ns / quantum_ns * quantum_ns;
            const due = self.schedule.dueCount(self.packet_count, first_ns + quantum_ns - 1);
            return .{ .count = due - self.next, .due_ns = self.start_ns + first_ns };
        }

        /// The instant of a batch, or when there is room for it after those before.
        fn earliest(self: *const Self, batch: Batch) u64 {
            const room_ns = switch (self.options.pacing) {
                .strict => self.schedule.drainNs(self.schedule.cmax - batch.count, .down),
                // Beside one batch more: who woke late with that is not late with the next.
                .batched => self.options.quantum_ns + self.schedule.drainNs(1, .up),
                .none => unreachable,
            };
            return @max(batch.due_ns, self.left_ns + (self.level_ns -| room_ns) / self.drainSpeed());
        }

        /// How fast the bucket drains, measured by the network model's.
        fn drainSpeed(self: *const Self) u64 {
            return if (self.options.pacing == .strict) 1 else 2;
        }

        /// Null if that is too long for one call.
        fn wait(self: *Self, until_ns: u64) ?u64 {
            const now_ns = self.clock.nowNs();
            if (now_ns >= until_ns) return now_ns;
            if (until_ns - now_ns > wait_ns_max) {
                self.clock.sleepUntil(now_ns + wait_ns_max);
                return null;
            }
            const spun_ns: u64 = if (self.options.pacing == .strict) spin_ns else 0;
            if (until_ns - now_ns > spun_ns) self.clock.sleepUntil(until_ns - spun_ns);
            return self.clock.spinUntil(until_ns);
        }

        fn record(self: *Self, deviation_ns: u64) void {
            const bucket = @min(64 - @as(usize, @clz(deviation_ns)), deviation_buckets - 1);
            self.stats.deviation[bucket] += 1;
            if (deviation_ns <= self.lead_ns) return;
            self.stats.late_batches += 1;
            self.stats.worst_late_ns = @max(self.stats.worst_late_ns, deviation_ns - self.lead_ns);
        }

        fn take(self: *Self, count: u32) void {
            self.next += count;
            self.stats.batches += 1;
            self.stats.packets += count;
            self.stats.batch_max = @max(self.stats.batch_max, count);
        }

        fn endBatch(self: *Self) void {
            if (!self.sending) return;
            self.sending = false;
            // Batched would never keep up with a stream whose batches take most of their quantum to send.
            if (self.options.pacing != .strict) return;
            const now_ns = self.clock.nowNs();
            if (now_ns - self.left_ns > stall_ns) self.left_ns = now_ns;
        }
    };
}
