//! From measured offsets to the rate of our clock: the first estimate, then one of two servos behind one contract.

const std = @import("std");
const first_estimate = @import("first_estimate.zig");
const pi_servo = @import("pi_servo.zig");
const LinearServo = @import("linear_servo.zig").LinearServo;
const frequency_ppb_max = @import("line.zig").frequency_ppb_max;

pub const Point = first_estimate.Point;

pub const Kind = enum { proportional_integral, linear_regression };

pub const Options = struct {
    kind: Kind = .linear_regression,
    gains: pi_servo.Gains = .software,
    first: first_estimate.Options = .{},
};

pub const State = enum {
    /// Rate and phase are not known.
    estimating,
    /// The first estimate is made, by this sample: the step belongs to it.
    estimated,
    tracking,
};

pub const Output = struct {
    /// Rate of our TAI against the monotonic clock, from this sample to the next.
    frequency_ppb: f64,
    /// To be added to our TAI at once.
    step_ns: ?i64,
    state: State,
};

pub const Servo = struct {
    kind: Kind,
    state: State = .estimating,
    first: first_estimate.FirstEstimate,
    pi: pi_servo.PiServo,
    linear: LinearServo,
    interval_s: f64,

    /// `interval_ns` is the master's Sync interval.
    pub fn init(options: Options, interval_ns: i64) Servo {
        const interval_s = secondsOf(interval_ns);
        return .{
            .kind = options.kind,
            .first = .{ .options = options.first },
            .pi = .{ .gains = options.gains, .interval_s = interval_s },
            .linear = .{ .interval_s = interval_s },
            .interval_s = interval_s,
        };
    }

    /// One accepted measurement. `offset_ns` is our time less the master's at `point`, whose `raw_ns` is the master's
    /// time less the monotonic one. Points must come in the order of their instants.
    pub fn sample(self: *Servo, point: Point, offset_ns: i64) Output {
        if (self.state == .estimating) return self.sampleFirst(point, offset_ns);
        self.state = .tracking;
        const offset: f64 = @floatFromInt(offset_ns);
        const frequency_ppb = switch (self.kind) {
            .proportional_integral => self.pi.sample(offset),
            .linear_regression => self.linear.sample(point, offset),
        };
        return .{ .frequency_ppb = limited(frequency_ppb), .step_ns = null, .state = .tracking };
    }

    fn sampleFirst(self: *Servo, point: Point, offset_ns: i64) Output {
        const found = self.first.add(point) orelse {
            return .{ .frequency_ppb = self.frequencyPpb(), .step_ns = null, .state = .estimating };
        };
        const frequency_ppb = limited(found.frequency_ppb);
        self.pi.begin(frequency_ppb, self.first.count);
        self.linear.begin(frequency_ppb, self.first.used());
        self.first.reset();
        self.state = .estimated;
        // Our time lies at raw + offset, the estimate at its own raw.
        return .{
            .frequency_ppb = frequency_ppb,
            .step_ns = found.newest.raw_ns -| (point.raw_ns +| offset_ns),
            .state = .estimated,
        };
    }

    /// Without the correction of the offset of the moment: what is best when no sample comes any more.
    pub fn frequencyPpb(self: *const Servo) f64 {
        return switch (self.kind) {
            .proportional_integral => self.pi.drift_ppb,
            .linear_regression => self.linear.frequency_ppb,
        };
    }

    pub fn intervalChanged(self: *Servo, interval_ns: i64) void {
        self.interval_s = secondsOf(interval_ns);
        self.pi.interval_s = self.interval_s;
        self.linear.interval_s = self.interval_s;
    }

    /// The master's time was moved, and our line with it: what was learnt before still holds.
    pub fn shift(self: *Servo, by_ns: i64) void {
        self.linear.shift(by_ns);
    }

    /// After a while without samples: the rate is known about as well as after a first estimate, the points are stale.
    pub fn continueFrom(self: *Servo, frequency_ppb: f64) void {
        if (self.state == .estimating) return self.first.reset();
        self.pi.begin(frequency_ppb, first_estimate.count_max);
        self.linear.begin(frequency_ppb, &.{});
    }
};

/// An interval of zero or an absurd one must not become an infinite gain.
fn secondsOf(interval_ns: i64) f64 {
    return @as(f64, @floatFromInt(std.math.clamp(interval_ns, 1_000_000, 64 * std.time.ns_per_s))) * 1e-9;
}

fn limited(frequency_ppb: f64) f64 {
    return std.math.clamp(frequency_ppb, -frequency_ppb_max, frequency_ppb_max);
}

test "Servo steps once, then tracks, with either kind" {
    for ([_]Kind{ .proportional_integral, .linear_regression }) |kind| {
        var servo: Servo = .init(.{ .kind = kind }, 125_000_000);
        var line_raw: f64 = -37e9;
        var frequency_ppb: f64 = 0;
        var steps: usize = 0;
        for (0..400) |i| {
            const truth: i64 = 6_250 * @as(i64, @intCast(i));
            const offset_ns: i64 = @as(i64, @round(line_raw)) - truth;
            const output = servo.sample(.{ .local_ns = @intCast(i * 125_000_000), .raw_ns = truth }, offset_ns);
            if (output.step_ns) |step_ns| {
                steps += 1;
                line_raw += @floatFromInt(step_ns);
                try std.testing.expectEqual(.estimated, output.state);
            }
            frequency_ppb = output.frequency_ppb;
            line_raw += frequency_ppb * 0.125;
        }
        try std.testing.expectEqual(@as(usize, 1), steps);
        try std.testing.expect(@abs(frequency_ppb - 50_000) < 1);
    }
}
