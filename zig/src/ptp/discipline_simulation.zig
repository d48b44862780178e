//! A simulated machine behind a simulated path, with the discipline in it: for tests.
//!
//! True time is the master's. The machine's monotonic clock has a rate error that wanders; stamps are as they were
//! measured with software stamps over veth (0.3 to 0.6 µs, now and then 50 µs late), queues are longer in one
//! direction. All comes from one seed.

const std = @import("std");
const discipline = @import("discipline.zig");
const offset_statistics = @import("offset_statistics.zig");

pub const second_ns: i64 = std.time.ns_per_s;
/// 2026-02-02, TAI.
pub const epoch_ns: i64 = 1_770_000_000 * second_ns;

pub const Options = struct {
    seed: u64 = 1,
    /// Rate error of the machine's clock.
    frequency_ppb: f64 = 50_000,
    /// It swings by this much,
    wander_ppb: f64 = 100,
    wander_period_s: f64 = 240,
    /// and walks by this much in a root of a second.
    walk_ppb: f64 = 0.5,
    /// Stamps: normal noise of each, and rare ones that are late.
    noise_ns: f64 = 350,
    late_part: f64 = 0.005,
    late_ns: f64 = 50_000,
    path_ns: f64 = 2_300,
    /// Means of exponential queues.
    queue_forward_ns: f64 = 300,
    queue_back_ns: f64 = 100,
    loss: f64 = 0.02,
    interval_ns: i64 = 125 * std.time.ns_per_ms,
    /// What the system's clock says differs from TAI by this much.
    system_error_ns: i64 = 12 * std.time.ns_per_ms,
};

/// A Sync as it came, and what only the simulation knows.
pub const Sample = struct { local_ns: i64, raw_ns: i64, true_raw_ns: i64, is_late: bool };

pub const Machine = struct {
    options: Options,
    random_state: std.Random.DefaultPrng,
    /// True time since the start.
    time_ns: i64 = 0,
    /// Monotonic time less true time.
    ahead_ns: f64 = 0,
    walked_ppb: f64 = 0,
    /// The master's time less TAI, when it is moved.
    master_error_ns: i64 = 0,
    is_heard: bool = true,
    next_tick_ns: i64 = 0,
    discipline: discipline.Discipline,
    /// What happened.
    state_changes: usize = 0,
    steps: usize = 0,
    stepped_ns: i64 = 0,
    newest_sample: ?Sample = null,

    /// Monotonic time is a machine's that started an hour ago.
    const boot_ns: i64 = 3_600 * second_ns;

    pub fn init(options: Options, settings: discipline.Options) Machine {
        const tai_ns = epoch_ns + options.system_error_ns;
        return .{
            .options = options,
            .random_state = .init(options.seed),
            .discipline = .init(settings, boot_ns, tai_ns, @abs(options.system_error_ns)),
        };
    }

    pub fn localNs(self: *const Machine) i64 {
        return boot_ns + self.time_ns + @as(i64, @round(self.ahead_ns));
    }

    pub fn trueNs(self: *const Machine) i64 {
        return epoch_ns + self.time_ns;
    }

    /// What the machine tells, less the master's time.
    pub fn errorNs(self: *const Machine) i64 {
        return self.discipline.mapping().taiAt(self.localNs()) - self.trueNs() - self.master_error_ns;
    }

    fn frequencyPpb(self: *const Machine) f64 {
        const phase = 2 * std.math.pi * @as(f64, @floatFromInt(self.time_ns)) * 1e-9 / self.options.wander_period_s;
        return self.options.frequency_ppb + self.walked_ppb + self.options.wander_ppb * @sin(phase);
    }

    pub fn advance(self: *Machine, duration_ns: i64) void {
        const duration_s = @as(f64, @floatFromInt(duration_ns)) * 1e-9;
        self.walked_ppb += self.random().floatNorm(f64) * self.options.walk_ppb * @sqrt(duration_s);
        self.ahead_ns += self.frequencyPpb() * duration_s;
        self.time_ns += duration_ns;
    }

    fn random(self: *Machine) std.Random {
        return self.random_state.random();
    }

    /// Time under way, with what the stamps at both ends make of it.
    fn travel(self: *Machine, queue_ns: f64) struct { ns: i64, is_late: bool } {
        const is_late = self.random().float(f64) < self.options.late_part;
        const late_ns: f64 = if (is_late) self.options.late_ns * (0.5 + self.random().float(f64)) else 0;
        const noise_ns = self.random().floatNorm(f64) * self.options.noise_ns;
        const queued_ns = self.random().floatExp(f64) * queue_ns;
        return .{ .ns = @round(self.options.path_ns + noise_ns + queued_ns + late_ns), .is_late = is_late };
    }

    fn isLost(self: *Machine) bool {
        return !self.is_heard or self.random().float(f64) < self.options.loss;
    }

    /// One Sync interval: Sync at its start, an exchange of delay somewhere in it, ticks of the discipline.
    pub fn interval(self: *Machine) void {
        const length_ns = self.options.interval_ns;
        const sent_ns = self.trueNs() + self.master_error_ns;
        const forward = self.travel(self.options.queue_forward_ns);
        const received_ns = self.localNs() + forward.ns;
        const is_sync_lost = self.isLost();
        self.advance(100_000);
        if (!is_sync_lost) {
            self.newest_sample = .{
                .local_ns = received_ns,
                .raw_ns = sent_ns - received_ns,
                .true_raw_ns = sent_ns + forward.ns - received_ns,
                .is_late = forward.is_late,
            };
            self.note(self.discipline.sync(received_ns, sent_ns, @max(self.localNs(), received_ns)));
        } else self.newest_sample = null;
        const wait_ns = self.random().intRangeAtMost(i64, 1_000_000, length_ns - 2_000_000);
        self.advance(wait_ns);
        const back = self.travel(self.options.queue_back_ns);
        if (!is_sync_lost and !self.isLost()) {
            const arrived_ns = self.trueNs() + self.master_error_ns + back.ns;
            self.discipline.exchange(.endToEnd(sent_ns, received_ns, self.localNs(), arrived_ns));
        }
        self.advance(length_ns - wait_ns - 100_000);
        if (self.time_ns >= self.next_tick_ns) {
            self.next_tick_ns = self.time_ns + 250_000_000;
            self.note(self.discipline.tick(self.localNs()));
        }
    }

    pub fn run(self: *Machine, seconds: i64) void {
        const end_ns = self.time_ns + seconds * second_ns;
        while (self.time_ns < end_ns) self.interval();
    }

    /// Runs and looks at what the machine tells: its error, once per interval.
    pub fn measure(self: *Machine, seconds: i64) offset_statistics.OffsetStatistics {
        var statistics: offset_statistics.OffsetStatistics = .{};
        const end_ns = self.time_ns + seconds * second_ns;
        while (self.time_ns < end_ns) {
            self.interval();
            statistics.add(self.errorNs());
        }
        return statistics;
    }

    fn note(self: *Machine, changes: discipline.Changes) void {
        if (changes.state != null) self.state_changes += 1;
        if (changes.stepped_ns) |by_ns| {
            self.steps += 1;
            self.stepped_ns = by_ns;
        }
    }
};

/// What could be known at best: a causal fit over as many samples as turn out to be best for this run, without the
/// samples that were late, by somebody who knows the mean of both directions. An asymmetry is hidden from him, too.
pub const IdealEstimator = struct {
    const sizes = [_]usize{ 8, 16, 32, 64, 128, 256, 512 };

    samples: [512]Sample = undefined,
    count: usize = 0,
    statistics: [sizes.len]offset_statistics.OffsetStatistics = @splat(.{}),

    pub fn add(self: *IdealEstimator, sample: Sample, mean_path_ns: f64) void {
        if (sample.is_late) return;
        self.samples[self.count % self.samples.len] = sample;
        self.count += 1;
        var sum: [4]f64 = @splat(0);
        var next: usize = 0;
        for (0..@min(self.count, self.samples.len)) |back| {
            const one = self.samples[(self.count - 1 - back) % self.samples.len];
            const x = @as(f64, @floatFromInt(one.local_ns - sample.local_ns)) * 1e-9;
            const y = @as(f64, @floatFromInt(one.raw_ns - sample.true_raw_ns)) + mean_path_ns;
            for (&sum, [_]f64{ x, y, x * x, x * y }) |*to, value| to.* += value;
            if (back + 1 != sizes[next]) continue;
            const n: f64 = @floatFromInt(back + 1);
            const slope = (n * sum[3] - sum[0] * sum[1]) / (n * sum[2] - sum[0] * sum[0]);
            self.statistics[next].add(@round((sum[1] - slope * sum[0]) / n));
            next += 1;
            if (next == sizes.len) break;
        }
    }

    /// Of the best size.
    pub fn best(self: *const IdealEstimator) offset_statistics.OffsetStatistics {
        var found = self.statistics[0];
        for (self.statistics[1..]) |one| {
            if (one.count > found.count / 2 and one.deviationNs() < found.deviationNs()) found = one;
        }
        return found;
    }
};
