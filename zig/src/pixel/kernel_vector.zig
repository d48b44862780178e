//! Vectors as the kernels use them: as many lanes as the CPU level has, and one lane for what is left of a row.

const std = @import("std");

/// Lanes of 32 bits.
pub const lanes = std.simd.suggestVectorLength(f32) orelse 4;

pub fn F(comptime n: usize) type {
    return @Vector(n, f32);
}

pub fn I(comptime n: usize) type {
    return @Vector(n, i32);
}

/// Calls `Step.run(n, context, i)` for all of `0..count`, `lanes` at a time and the rest one by one.
pub inline fn forEach(count: usize, context: anytype, comptime Step: type) void {
    var i: usize = 0;
    while (i + lanes <= count) : (i += lanes) Step.run(lanes, context, i);
    while (i < count) : (i += 1) Step.run(1, context, i);
}

pub fn U(comptime n: usize) type {
    return @Vector(n, u32);
}

/// Codes from 0 to `max` as integers, rounded to the nearest.
///
/// They are made unsigned here: Zig 0.17.0 tells LLVM that `@intCast` of a signed vector to bytes keeps the sign, and
/// on x86-64-v2 everything above 127 then becomes 127.
pub inline fn toCodes(comptime n: usize, value: F(n), comptime max: f32) U(n) {
    const zero: F(n) = @splat(0);
    const top: F(n) = @splat(max);
    const half: F(n) = @splat(0.5);
    const codes: I(n) = @intFromFloat(@min(@max(value, zero), top) + half);
    return @bitCast(codes);
}

pub inline fn toFloats(comptime n: usize, codes: I(n)) F(n) {
    return @floatFromInt(codes);
}
