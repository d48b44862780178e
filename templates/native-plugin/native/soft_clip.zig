//! Soft clipping of samples: y = d·x / (1 + |d·x|). Loud samples come near to 1 and never pass it.

const std = @import("std");

const lanes = 8;
const Samples = @Vector(lanes, f32);

/// Clips `count` samples in place. `drive` is what they are multiplied by before.
export fn soft_clip_apply(samples: [*]f32, count: u32, drive: f32) void {
    const all = samples[0..count];
    const whole = all.len - all.len % lanes;
    const factor: Samples = @splat(drive);
    const one: Samples = @splat(1);
    var at: usize = 0;
    while (at < whole) : (at += lanes) {
        const driven = @as(Samples, all[at..][0..lanes].*) * factor;
        all[at..][0..lanes].* = driven / (one + @abs(driven));
    }
    for (all[whole..]) |*sample| {
        const driven = sample.* * drive;
        sample.* = driven / (1 + @abs(driven));
    }
}

test "samples stay below one, in and beside whole vectors" {
    var samples: [lanes + 3]f32 = @splat(4);
    samples[lanes] = -4;
    soft_clip_apply(&samples, samples.len, 2);
    for (samples, 0..) |sample, at| {
        const want: f32 = if (at == lanes) -8.0 / 9.0 else 8.0 / 9.0;
        try std.testing.expectApproxEqAbs(want, sample, 1e-6);
    }
}
