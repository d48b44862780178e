//! The clock discipline of a slave: measurements in, TAI out.
//!
//! The machine's clock is never set. The protocol hands over when each Sync came by our monotonic clock and what time
//! the master said, and how long exchanges of the path took. From these a line from monotonic time to TAI is kept:
//!
//!     stamps -> delay filter -> offset -> outlier filter -> servo -> line -> TaiClock -> TaiMapping, published
//!                                                             |-> history: rate and error of a holdover
//!
//! All is values: no clock is read and nothing is allocated. Instants named `local` and `now` are of one monotonic
//! clock.

const std = @import("std");
const line_file = @import("line.zig");
const tai_mapping = @import("tai_mapping.zig");
const delay_filter = @import("delay_filter.zig");
const outlier_filter = @import("outlier_filter.zig");
const servo_file = @import("servo.zig");
const tai_clock = @import("tai_clock.zig");
const frequency_history = @import("frequency_history.zig");
const lock_file = @import("lock.zig");
const offset_statistics = @import("offset_statistics.zig");
const timestamp = @import("timestamp.zig");
const Measurement = @import("actions.zig").Measurement;
const Line = line_file.Line;

pub const State = tai_mapping.State;
pub const TaiMapping = tai_mapping.TaiMapping;
pub const Exchange = delay_filter.Exchange;

pub const Options = struct {
    servo: servo_file.Options = .{},
    clock: tai_clock.Options = .{},
    outliers: outlier_filter.Options = .{},
    lock: lock_file.Options = .{},
    history: frequency_history.Options = .{},
    /// The master's Sync interval until `intervalChanged`.
    interval_ns: i64 = 125 * std.time.ns_per_ms,
    /// The error is never said to be less: what software stamps have at best.
    error_min_ns: u64 = 100,
    /// Takes the first time it learns and is not steered after that. To see what the servo is good for.
    is_free_running: bool = false,
};

/// Offsets of which the median sets the phase after a change of master or a holdover.
const rephase_count = outlier_filter.rival_count;

/// 2200-01-01: later times of a master are nonsense, and differences of earlier ones stay within 64 bits.
const master_ns_max = 7_258_118_400 * std.time.ns_per_s;

/// What is under way or waits for its Follow_Up for longer is nonsense.
const age_ns_max = 10 * std.time.ns_per_s;

pub const Verdict = enum {
    none,
    /// Steers the clock.
    used,
    /// One of those that find the phase again: after a start, a change of master, a holdover.
    gathered,
    /// No exchange of the path was measured yet.
    without_delay,
    /// Not newer than the last one, later than now or ten seconds old.
    out_of_order,
    /// The master's time is not one between 1970 and 2200.
    out_of_range,
    /// An outlier.
    refused,
};

/// What a call changed; everything that somebody may want to be told.
pub const Changes = struct {
    verdict: Verdict = .none,
    /// The state that was entered.
    state: ?State = null,
    /// TAI jumps by this much when the new mapping begins.
    stepped_ns: ?i64 = null,
    /// The master's time was found to have moved by this much against ours; it is slewed to unless it is stepped to.
    moved_ns: ?i64 = null,
    master_changed: bool = false,
    /// `mapping()` has changed and is to be published.
    published: bool = false,
};

pub const Counters = struct {
    used: u64 = 0,
    gathered: u64 = 0,
    without_delay: u64 = 0,
    out_of_order: u64 = 0,
    out_of_range: u64 = 0,
    refused: u64 = 0,
    /// Times that the master's time was found to have moved.
    moved: u64 = 0,
    master_changes: u64 = 0,
    /// Mappings that waited for the next measurement.
    deferred: u64 = 0,
};

pub const Discipline = struct {
    options: Options,
    interval_ns: i64,
    line: Line,
    delay: delay_filter.DelayFilter = .{},
    outliers: outlier_filter.OutlierFilter,
    servo: servo_file.Servo,
    clock: tai_clock.TaiClock,
    lock: lock_file.Lock,
    history: frequency_history.FrequencyHistory,
    /// Offsets of the time that we tell, less the master's.
    statistics: offset_statistics.RecentStatistics = .{},
    counters: Counters = .{},
    newest_local_ns: ?i64 = null,
    /// The last Sync, measured or not for want of a path delay.
    heard_ns: i64,
    /// Offsets still missing to find the phase again.
    gathering: usize = 0,
    /// The line runs at the servo's rate without the correction of the last offset.
    is_coasting: bool = true,

    /// `tai_ns` is what the system takes for TAI at `now_ns`, told until a master is heard, and how wrong that may be.
    pub fn init(options: Options, now_ns: i64, tai_ns: i64, error_ns: u64) Discipline {
        return .{
            .options = options,
            .interval_ns = options.interval_ns,
            .line = .init(now_ns, tai_ns),
            .heard_ns = now_ns,
            .outliers = .{ .options = options.outliers },
            .servo = .init(options.servo, options.interval_ns),
            .clock = .init(options.clock, now_ns, tai_ns, error_ns),
            .lock = .{ .options = options.lock },
            .history = .{ .options = options.history },
        };
    }

    /// Goes on from what somebody else has published: what is told next says the same where it begins, and goes or steps
    /// to what is known here from there on. Before the first estimate the clock runs on at that rate.
    pub fn continueFrom(self: *Discipline, published: TaiMapping, now_ns: i64) Changes {
        self.clock.mapping = published;
        self.clock.mapping.state = self.lock.state;
        if (self.servo.state == .estimating) {
            self.line = Line.init(now_ns, published.taiAt(now_ns)).turned(now_ns, published.frequency);
            return .{};
        }
        // At once: who begins to listen now must not be told what may have been left there a day ago.
        var changes: Changes = .{};
        self.publish(&changes, now_ns);
        return changes;
    }

    /// What is to be published.
    pub fn mapping(self: *const Discipline) *const TaiMapping {
        return &self.clock.mapping;
    }

    pub fn state(self: *const Discipline) State {
        return self.lock.state;
    }

    /// Rate of TAI against the monotonic clock.
    pub fn frequencyPpb(self: *const Discipline) f64 {
        return line_file.ppbFromFrequency(self.line.frequency);
    }

    /// Null before the first exchange.
    pub fn pathDelayNs(self: *const Discipline) ?i64 {
        return self.delay.delayNs(self.frequencyPpb());
    }

    /// An exchange of the path was measured, by either mechanism. One that says ten seconds or more is dropped.
    pub fn exchange(self: *Discipline, one: Exchange) void {
        if (@abs(one.peer_ns -| one.local_ns) < 2 * age_ns_max) return self.delay.add(one);
        self.counters.out_of_range += 1;
    }

    pub fn intervalChanged(self: *Discipline, interval_ns: i64) void {
        self.interval_ns = interval_ns;
        self.servo.intervalChanged(interval_ns);
    }

    /// Another master (or another path): the rate is kept, the phase is found anew and the difference slewed.
    pub fn masterChanged(self: *Discipline) Changes {
        self.counters.master_changes += 1;
        self.delay.reset();
        if (self.servo.state == .estimating) self.servo.first.reset() else self.gather();
        return .{ .master_changed = true };
    }

    /// A Sync (with its Follow_Up) came at `local_ns`. `master_ns` is its origin time stamp with all corrections, TAI.
    pub fn sync(self: *Discipline, local_ns: i64, master_ns: i64, now_ns: i64) Changes {
        const is_older = if (self.newest_local_ns) |newest_ns| local_ns <= newest_ns else false;
        if (is_older or local_ns > now_ns or now_ns -| local_ns > age_ns_max) {
            self.counters.out_of_order += 1;
            return .{ .verdict = .out_of_order };
        }
        if (master_ns < 0 or master_ns > master_ns_max) {
            self.counters.out_of_range += 1;
            return .{ .verdict = .out_of_range };
        }
        self.heard_ns = @max(self.heard_ns, local_ns);
        const delay_ns = self.pathDelayNs() orelse {
            self.counters.without_delay += 1;
            return self.changed(.{ .verdict = .without_delay }, null, now_ns);
        };
        self.newest_local_ns = local_ns;
        const measured_ns = master_ns +| delay_ns;
        const point: servo_file.Point = .{ .local_ns = local_ns, .raw_ns = measured_ns -| local_ns };
        var offset_ns = self.line.taiAt(local_ns) -| measured_ns;
        if (self.servo.state == .estimating) return self.estimate(point, offset_ns, now_ns);
        if (self.options.is_free_running) return self.watch(local_ns, measured_ns, now_ns);

        if (self.lock.state == .holdover or self.lock.state == .free) {
            self.servo.continueFrom(self.history.frequencyPpb() orelse self.servo.frequencyPpb());
            self.gather();
            self.lock.measured(null);
        }
        var changes: Changes = .{ .verdict = .used };
        switch (self.outliers.add(offset_ns)) {
            .accepted => if (self.gathering > 0) {
                self.gathering -= 1;
                self.counters.gathered += 1;
                changes.verdict = .gathered;
                if (self.gathering == 0) {
                    changes.moved_ns = std.math.lossyCast(i64, @round(self.outliers.median()));
                    self.move(changes.moved_ns.?);
                }
                return self.changed(changes, measured_ns, now_ns);
            },
            .refused => {
                self.counters.refused += 1;
                return self.changed(.{ .verdict = .refused }, null, now_ns);
            },
            .moved => |by_ns| {
                self.counters.moved += 1;
                changes.moved_ns = by_ns;
                self.move(by_ns);
                offset_ns -|= by_ns;
            },
        }
        self.counters.used += 1;
        const output = self.servo.sample(point, offset_ns);
        self.line = self.line.turned(local_ns, line_file.frequencyFromPpb(output.frequency_ppb));
        self.history.observe(local_ns, self.line.rawAt(local_ns));
        self.is_coasting = false;
        return self.changed(changes, measured_ns, now_ns);
    }

    /// What the protocol measured. `asymmetry_ns` is the one that the port has put into the correction: it belongs to
    /// the offset and not to the mean delay.
    pub fn measured(self: *Discipline, measurement: Measurement, asymmetry_ns: i64, now_ns: i64) Changes {
        const m = measurement;
        const correction_ns: i64 = @intCast(timestamp.roundScaled(m.correction));
        switch (m.kind) {
            .sync => return self.sync(m.t2_ns, m.t1_ns +| correction_ns, now_ns),
            .delay => {
                const arrived_ns = m.t4_ns.? -| @as(i64, @intCast(timestamp.roundScaled(m.response_correction)));
                const sent_ns = m.t1_ns +| correction_ns -| asymmetry_ns;
                self.exchange(.endToEnd(sent_ns, m.t2_ns, m.t3_ns.?, arrived_ns));
            },
            .peer_delay => self.exchange(.peerToPeer(m.t1_ns, m.t4_ns.?, m.t3_ns.? -| m.t2_ns +| correction_ns)),
        }
        return .{};
    }

    /// To be called a few times a second: without measurements the clock goes over to holdover and at last is free.
    pub fn tick(self: *Discipline, now_ns: i64) Changes {
        if (self.servo.state == .estimating) return self.silent(now_ns, now_ns -| self.heard_ns);
        const newest_ns = self.newest_local_ns.?;
        const silence_ns = now_ns -| newest_ns;
        var changes = self.silent(now_ns, silence_ns);
        if (!self.is_coasting and silence_ns > 2 *| self.interval_ns) {
            // The correction of the last offset has done its work.
            self.coast(newest_ns +| 2 *| self.interval_ns, self.servo.frequencyPpb());
            self.publish(&changes, now_ns);
        }
        return changes;
    }

    fn silent(self: *Discipline, now_ns: i64, silence_ns: i64) Changes {
        const was = self.lock.state;
        const is_tracking = self.servo.state != .estimating;
        self.lock.silent(silence_ns, self.interval_ns, is_tracking, self.mapping().errorAt(now_ns));
        if (was == self.lock.state) return .{};
        if (!is_tracking) self.servo.first.reset();
        if (self.lock.state == .holdover) if (self.history.frequencyPpb()) |ppb| self.coast(now_ns, ppb);
        var changes: Changes = .{ .state = self.lock.state };
        self.publish(&changes, now_ns);
        return changes;
    }

    fn coast(self: *Discipline, local_ns: i64, frequency_ppb: f64) void {
        if (self.options.is_free_running) return;
        self.line = self.line.turned(local_ns, line_file.frequencyFromPpb(frequency_ppb));
        self.is_coasting = true;
    }

    fn estimate(self: *Discipline, point: servo_file.Point, offset_ns: i64, now_ns: i64) Changes {
        const output = self.servo.sample(point, offset_ns);
        self.counters.gathered += 1;
        self.lock.measured(null);
        const step_ns = output.step_ns orelse return self.changed(.{ .verdict = .gathered }, null, now_ns);
        const ppb = if (self.options.is_free_running) 0 else output.frequency_ppb;
        self.line = self.line.turned(point.local_ns, line_file.frequencyFromPpb(ppb)).shifted(step_ns);
        self.outliers.reset();
        return self.changed(.{ .verdict = .gathered, .moved_ns = 0 -| step_ns }, null, now_ns);
    }

    fn watch(self: *Discipline, local_ns: i64, measured_ns: i64, now_ns: i64) Changes {
        self.counters.used += 1;
        _ = self.outliers.add(self.line.taiAt(local_ns) -| measured_ns);
        return self.changed(.{ .verdict = .used }, measured_ns, now_ns);
    }

    /// The next offsets set the phase.
    fn gather(self: *Discipline) void {
        self.outliers.reset();
        self.gathering = rephase_count;
    }

    /// Our time less the master's is `offset_ns`, for a reason that is not the rate.
    fn move(self: *Discipline, offset_ns: i64) void {
        const by_ns = 0 -| offset_ns;
        self.line = self.line.shifted(by_ns);
        self.outliers.shift(by_ns);
        self.servo.shift(by_ns);
        self.history.shift(by_ns);
        self.lock.moved(offset_ns);
    }

    /// Judges what we tell by what was measured at `newest_local_ns`, and publishes.
    fn changed(self: *Discipline, found: Changes, measured_ns: ?i64, now_ns: i64) Changes {
        var changes = found;
        if (measured_ns) |master_ns| {
            const told_ns = self.mapping().taiAt(self.newest_local_ns.?) -| master_ns;
            self.statistics.add(told_ns, self.newest_local_ns.?);
            if (self.gathering == 0 and changes.moved_ns == null) self.lock.measured(told_ns);
        } else if (changes.verdict == .without_delay and self.servo.state == .estimating) {
            self.lock.measured(null);
        }
        if (self.lock.state != self.mapping().state) changes.state = self.lock.state;
        const is_moved = changes.verdict == .used or changes.moved_ns != null;
        if (is_moved or changes.state != null) self.publish(&changes, now_ns);
        return changes;
    }

    fn publish(self: *Discipline, changes: *Changes, now_ns: i64) void {
        if (self.servo.state != .estimating) switch (self.clock.follow(self.line, now_ns, self.smoothNs())) {
            .deferred => self.counters.deferred += 1,
            .slewed => {},
            .stepped => |by_ns| changes.stepped_ns = by_ns,
        };
        if (self.servo.state != .estimating and self.lock.state != .holdover) self.estimateError();
        self.clock.mapping.state = self.lock.state;
        changes.published = true;
    }

    /// Not a whole number of intervals: a slew must not end just when the next measurement comes.
    fn smoothNs(self: *const Discipline) i64 {
        return (self.interval_ns *| 2) +| @divTrunc(self.interval_ns, 2);
    }

    /// Noise of the offsets stands for the error of phase; over the time that the rate was averaged, for that of rate.
    fn estimateError(self: *Discipline) void {
        const target = &self.clock.mapping;
        const noise_ns = self.outliers.deviationNs() + @abs(self.outliers.median());
        const error_ns = @max(noise_ns, @as(f64, @floatFromInt(self.options.error_min_ns)));
        const averaged_s: f64 = if (self.history.frequencyPpb() == null) 2 else 16;
        target.error_local_ns = self.newest_local_ns orelse return;
        target.error_ns = std.math.lossyCast(u64, @ceil(error_ns));
        target.error_ppb = std.math.lossyCast(u64, @ceil(2 * error_ns / averaged_s));
        target.error_ppb_per_s = std.math.lossyCast(u64, @ceil(self.history.wanderPpbPerSecond()));
    }
};
