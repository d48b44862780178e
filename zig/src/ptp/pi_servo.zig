//! A proportional-integral servo: the offset turns the rate at once (kp) and, summed up, for good (ki).
//!
//! The constants are linuxptp's: they grow with shorter intervals by a power of them and are capped by the interval.
//! With software stamps and eight Syncs a second the loop forgets in five seconds and learns a rate in a minute. That
//! is slow after a rough first estimate, so in the beginning the constants are larger: those with which this loop is
//! the least squares fit of all points so far (2(2n-1)/n(n+1) and 6/n(n+1) per sample), until the steady ones are.

const std = @import("std");

pub const Gains = struct {
    proportional_scale: f64,
    proportional_exponent: f64 = -0.3,
    proportional_max: f64 = 0.7,
    integral_scale: f64,
    integral_exponent: f64 = 0.4,
    integral_max: f64 = 0.3,

    pub const software: Gains = .{ .proportional_scale = 0.1, .integral_scale = 0.001 };
    pub const hardware: Gains = .{ .proportional_scale = 0.7, .integral_scale = 0.3 };

    fn proportional(self: Gains, interval_s: f64) f64 {
        const scaled = self.proportional_scale * std.math.pow(f64, interval_s, self.proportional_exponent);
        return @min(scaled, self.proportional_max / interval_s);
    }

    fn integral(self: Gains, interval_s: f64) f64 {
        const scaled = self.integral_scale * std.math.pow(f64, interval_s, self.integral_exponent);
        return @min(scaled, self.integral_max / interval_s);
    }
};

pub const PiServo = struct {
    gains: Gains,
    interval_s: f64,
    /// What the rate is without the offset of the moment.
    drift_ppb: f64 = 0,
    /// Samples that the drift rests on.
    count: f64 = 0,

    /// Starts from an estimate over `count` samples.
    pub fn begin(self: *PiServo, drift_ppb: f64, count: usize) void {
        self.drift_ppb = drift_ppb;
        self.count = @floatFromInt(@max(count, 2));
    }

    /// The rate until the next sample. `offset_ns` is our time less the master's.
    pub fn sample(self: *PiServo, offset_ns: f64) f64 {
        const n = self.count + 1;
        self.count = n;
        const fit = n * (n + 1) * self.interval_s;
        const kp = @max(self.gains.proportional(self.interval_s), @min(2 * (2 * n - 1) / fit, 0.7 / self.interval_s));
        const ki = @max(self.gains.integral(self.interval_s), 6 / fit);
        self.drift_ppb -= ki * offset_ns;
        return self.drift_ppb - kp * offset_ns;
    }
};

const expectApproxEqRel = std.testing.expectApproxEqRel;

test "PiServo has the constants of linuxptp at the intervals of ST 2059-2" {
    try expectApproxEqRel(@as(f64, 0.18661), Gains.software.proportional(0.125), 1e-4);
    try expectApproxEqRel(@as(f64, 0.00043528), Gains.software.integral(0.125), 1e-4);
    try expectApproxEqRel(@as(f64, 0.1), Gains.software.proportional(1), 1e-9);
    try expectApproxEqRel(@as(f64, 0.7), Gains.hardware.proportional(1), 1e-9);
    try expectApproxEqRel(@as(f64, 0.35), Gains.hardware.proportional(2), 1e-9);
}

test "PiServo takes out offset and rate without noise, at every interval" {
    for ([_]f64{ 1.0 / 128.0, 0.125, 0.5, 1, 2 }) |interval_s| {
        var servo: PiServo = .{ .gains = .software, .interval_s = interval_s };
        servo.begin(-49_800, 16);
        var offset_ns: f64 = 500;
        for (0..@round(1_200 / interval_s)) |_| {
            offset_ns += (servo.sample(offset_ns) + 50_000) * interval_s;
            try std.testing.expect(@abs(offset_ns) < 2_000);
        }
        try std.testing.expect(@abs(offset_ns) < 20);
        try std.testing.expect(@abs(servo.drift_ppb + 50_000) < 20);
    }
}
