//! Which kernels this CPU can run: the levels of the x86-64 psABI, chosen once per process.
//!
//! The library is shipped, so it is never compiled for the machine that builds it.

const std = @import("std");
const builtin = @import("builtin");
const job = @import("job.zig");

pub const has_levels = builtin.cpu.arch == .x86_64;

/// The numbers are part of the ABI. `plain` is what every CPU of the architecture has.
pub const Level = enum(u32) { plain = 0, v2 = 2, v3 = 3, v4 = 4 };

/// From the lowest to the highest.
pub const levels: []const Level = if (has_levels) &.{ .v2, .v3, .v4 } else &.{.plain};

fn kernelsOf(comptime one: Level) *const job.Kernels {
    return @extern(*const job.Kernels, .{ .name = "sl_kernels_" ++ @tagName(one), .visibility = .hidden });
}

var chosen: std.atomic.Value(u32) = .init(unchosen);
const unchosen = std.math.maxInt(u32);

pub fn level() Level {
    const known = chosen.load(.monotonic);
    if (known != unchosen) return @fromBackingInt(known);
    const found = best();
    chosen.store(@backingInt(found), .monotonic);
    return found;
}

/// Takes another level than the best, for tests and benchmarks. Only levels up to `best()` can run.
pub fn choose(other: Level) void {
    std.debug.assert(@backingInt(other) <= @backingInt(best()));
    chosen.store(@backingInt(other), .monotonic);
}

/// The kernels for this CPU.
pub fn kernels() *const job.Kernels {
    const found = level();
    inline for (levels) |candidate| {
        if (found == candidate) return kernelsOf(candidate);
    }
    unreachable;
}

/// The highest level that this CPU and system can run.
pub fn best() Level {
    if (!has_levels) return .plain;
    const features = leaf(1, 0);
    const os_saves_vectors = bit(features.c, 27) and saved(0b110);
    if (!os_saves_vectors or leaf(0, 0).a < 7) return .v2;
    const more = leaf(7, 0);
    const extended = leaf(0x8000_0001, 0);
    // FMA, MOVBE, AVX, F16C; BMI1, AVX2, BMI2; LZCNT.
    const is_v3 = bit(features.c, 12) and bit(features.c, 22) and bit(features.c, 28) and bit(features.c, 29) and
        bit(more.b, 3) and bit(more.b, 5) and bit(more.b, 8) and bit(extended.c, 5);
    if (!is_v3) return .v2;
    // AVX512 F, DQ, CD, BW, VL.
    const is_v4 = saved(0b1110_0110) and bit(more.b, 16) and bit(more.b, 17) and bit(more.b, 28) and
        bit(more.b, 30) and bit(more.b, 31);
    return if (is_v4) .v4 else .v3;
}

fn bit(register: u32, comptime index: u5) bool {
    return register & (@as(u32, 1) << index) != 0;
}

const Registers = struct { a: u32, b: u32, c: u32, d: u32 };

fn leaf(number: u32, part: u32) Registers {
    var a: u32 = undefined;
    var b: u32 = undefined;
    var c: u32 = undefined;
    var d: u32 = undefined;
    asm volatile ("cpuid"
        : [a] "={eax}" (a),
          [b] "={ebx}" (b),
          [c] "={ecx}" (c),
          [d] "={edx}" (d),
        : [number] "{eax}" (number),
          [part] "{ecx}" (part),
    );
    return .{ .a = a, .b = b, .c = c, .d = d };
}

/// Whether the system keeps these registers when it switches threads (XCR0).
fn saved(comptime wanted: u32) bool {
    const state = asm volatile ("xgetbv"
        : [a] "={eax}" (-> u32),
        : [index] "{ecx}" (@as(u32, 0)),
        : .{ .edx = true });
    return state & wanted == wanted;
}

test "the level is one of those that are built" {
    const found = level();
    try std.testing.expect(std.mem.findScalar(Level, levels, found) != null);
    try std.testing.expectEqual(found, level());
}
