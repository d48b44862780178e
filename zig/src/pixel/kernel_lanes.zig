//! Lanes of 16 bytes, and samples of 10 bits in them.
//!
//! Bytes can be moved so far in one instruction on x86-64 (`pshufb`) and aarch64 (`tbl`). A lane holds 10, 12 or 15
//! bytes of pixel groups, and is read and written whole where a few bytes of what follows may be touched.
//!
//! Sample k of a lane begins in byte ⌊10k / 8⌋ and ends in the next. `spread` puts both bytes into a u16 and shifts the
//! sample into place; `gather` shifts it to where its bytes are cut and puts those back.

const std = @import("std");
const vector = @import("kernel_vector.zig");

pub const lane_bytes = 16;
/// Lanes in a vector of this CPU level.
pub const lanes = vector.lanes / 4;

pub const Lane = @Vector(lane_bytes, u8);
pub const Bytes = @Vector(lanes * lane_bytes, u8);
pub const Samples = @Vector(lanes * 8, u16);
pub const Words = @Vector(lanes * 4, u32);
pub const Doubles = @Vector(lanes * 2, u64);

/// A vector at any address. Of the bytes of an array LLVM would make one sample after the other.
pub inline fn read(comptime T: type, source: [*]const u8) T {
    return @as(*align(1) const T, @ptrCast(source)).*;
}

pub inline fn write(target: [*]u8, value: anytype) void {
    @as(*align(1) @TypeOf(value), @ptrCast(target)).* = value;
}

/// Whether a step may touch a few bytes of what follows it.
pub const Reach = enum { over, exact };

/// Lanes that lie `stride` bytes apart, of which `stride` or fewer matter.
pub inline fn load(comptime reach: Reach, comptime count: usize, comptime stride: usize, source: [*]const u8) Bytes {
    var parts: [lanes]Lane = undefined;
    inline for (&parts, 0..) |*part, i| {
        const bytes = source + i * stride;
        part.* = if (reach == .exact and i == lanes - 1) loadExact(count, bytes) else read(Lane, bytes);
    }
    return join(parts);
}

pub inline fn store(
    comptime reach: Reach,
    comptime count: usize,
    comptime stride: usize,
    target: [*]u8,
    value: Bytes,
) void {
    inline for (0..lanes) |i| {
        const part = std.simd.extract(value, i * lane_bytes, lane_bytes);
        const bytes = target + i * stride;
        if (reach == .exact and i == lanes - 1) storeExact(count, bytes, part) else write(bytes, part);
    }
}

inline fn join(parts: [lanes]Lane) Bytes {
    return switch (lanes) {
        1 => parts[0],
        2 => std.simd.join(parts[0], parts[1]),
        4 => std.simd.join(std.simd.join(parts[0], parts[1]), std.simd.join(parts[2], parts[3])),
        else => comptime unreachable,
    };
}

/// The first `count` bytes, 8 to 16: two words that overlap.
inline fn loadExact(comptime count: usize, source: [*]const u8) Lane {
    const words: @Vector(2, u64) = .{
        read(u64, source),
        read(u64, source + count - 8) >> (lane_bytes - count) * 8,
    };
    return @bitCast(words);
}

pub inline fn storeExact(comptime count: usize, target: [*]u8, value: Lane) void {
    write(target, std.simd.extract(value, 0, 8));
    write(target + count - 8, std.simd.extract(value, count - 8, 8));
}

/// In each lane the bytes at `places`, and 0 where that is null.
pub inline fn pick(value: Bytes, comptime places: [lane_bytes]?u4) Bytes {
    comptime var mask: [lanes * lane_bytes]i32 = undefined;
    comptime for (&mask, 0..) |*one, i| {
        const lane_start = i - i % lane_bytes;
        one.* = if (places[i % lane_bytes]) |place| lane_start + place else ~@as(i32, 0);
    };
    return @shuffle(u8, value, @as(Bytes, @splat(0)), mask);
}

// --- samples of 10 bits ---

/// Which sample of a lane's groups lies in each u16; the first may be sample 0 to 11.
pub const Order = [8]?u4;

fn shiftsOf(comptime order: Order, comptime mode: enum { spread, gather }) @Vector(lanes * 8, u4) {
    var result: [lanes * 8]u4 = undefined;
    for (&result, 0..) |*shift, i| {
        const bit = @as(u8, order[i % 8] orelse 0) * 10 % 8;
        shift.* = if (mode == .spread) bit else 6 - bit;
    }
    return result;
}

/// The samples of groups, in `order`; 0 where that is null.
pub inline fn spread(comptime order: Order, groups: Bytes) Samples {
    comptime var places: [lane_bytes]?u4 = @splat(null);
    comptime for (order, 0..) |sample, i| if (sample) |k| {
        places[2 * i] = @as(u8, k) * 10 / 8 + 1;
        places[2 * i + 1] = @as(u8, k) * 10 / 8;
    };
    const cut: Samples = @bitCast(pick(groups, places));
    return (cut << comptime shiftsOf(order, .spread)) >> @splat(6);
}

/// The bytes of groups that hold these samples of 10 bits, and 0 for the others.
pub inline fn gather(comptime order: Order, samples: Samples) Bytes {
    const cut: Bytes = @bitCast(samples << comptime shiftsOf(order, .gather));
    // Two samples may share a byte.
    comptime var places: [2][lane_bytes]?u4 = @splat(@splat(null));
    comptime var shared = false;
    comptime for (order, 0..) |sample, i| if (sample) |k| {
        for ([2]u4{ 1, 0 }, 0..) |half, j| {
            const byte = @as(u8, k) * 10 / 8 + j;
            const layer = if (places[0][byte] == null) 0 else 1;
            shared = shared or layer == 1;
            places[layer][byte] = 2 * i + half;
        }
    };
    const first = pick(cut, places[0]);
    return if (shared) first | pick(cut, places[1]) else first;
}

pub const ten_bits: Samples = @splat(0x3FF);
