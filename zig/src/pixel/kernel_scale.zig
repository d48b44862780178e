//! Bilinear scaling of pixels of four bytes, each component for itself.
//!
//! Pixel centres lie at half coordinates, so that a picture does not move when it is scaled. Weights have 8 bits: first
//! two rows are mixed into 15 bits, then two columns of that. With 15 bits the second step is the one instruction that
//! multiplies signed pairs and adds them (pmaddwd); the bit that is lost is 1/256 of a code.

const std = @import("std");
const job = @import("job.zig");

const weight_one = 256;
const lanes = std.simd.suggestVectorLength(u16) orelse 8;

const Place = struct { index: u32, weight: u32 };

/// Where a target column is mixed from: 256 - weight in the low half, weight in the high half.
const Column = struct { index: u32, weights: u32 };

/// Which two source rows or columns a target row or column lies between, and how near it is to the second.
inline fn placeOf(position: usize, ratio: f64, count: usize) Place {
    const exact = (@as(f64, @floatFromInt(position)) + 0.5) * ratio - 0.5;
    const limit: f64 = @floatFromInt((count - 1) * weight_one);
    const fixed: u32 = @intFromFloat(@min(@max(exact * weight_one, 0), limit) + 0.5);
    return .{ .index = fixed / weight_one, .weight = fixed % weight_one };
}

pub fn scale(work: *const job.Scale) callconv(.c) void {
    var columns: [job.width_max]Column = undefined;
    // One pixel more: the last column has a neighbour, itself.
    var mixed: [4 * (job.width_max + 1)]i16 = undefined;
    const ratio_x = ratioOf(work.source_width, work.target_width);
    const ratio_y = ratioOf(work.source_height, work.target_height);
    for (columns[0..work.target_width], 0..) |*column, x| {
        const place = placeOf(x, ratio_x, work.source_width);
        column.* = .{ .index = place.index, .weights = (weight_one - place.weight) | place.weight << 16 };
    }
    for (0..work.row_count) |i| {
        const place = placeOf(work.row_start + i, ratio_y, work.source_height);
        const first = work.source + place.index * work.source_stride_bytes;
        const second = if (place.weight == 0) first else first + work.source_stride_bytes;
        mixRows(&mixed, first, second, 4 * work.source_width, @intCast(place.weight));
        const end = 4 * work.source_width;
        mixed[end..][0..4].* = mixed[end - 4 ..][0..4].*;
        mixColumns(work.target + i * work.target_stride_bytes, &mixed, columns[0..work.target_width]);
    }
}

fn ratioOf(source: usize, target: usize) f64 {
    return @as(f64, @floatFromInt(source)) / @as(f64, @floatFromInt(target));
}

fn mixRows(mixed: [*]i16, first: [*]const u8, second: [*]const u8, count: usize, weight: u16) void {
    var i: usize = 0;
    while (i + lanes <= count) : (i += lanes) mixRowStep(lanes, mixed + i, first + i, second + i, weight);
    while (i < count) : (i += 1) mixRowStep(1, mixed + i, first + i, second + i, weight);
}

inline fn mixRowStep(comptime n: usize, mixed: [*]i16, first: [*]const u8, second: [*]const u8, weight: u16) void {
    const a: @Vector(n, u16) = @as(@Vector(n, u8), first[0..n].*);
    const b: @Vector(n, u16) = @as(@Vector(n, u8), second[0..n].*);
    const sum = a * @as(@Vector(n, u16), @splat(weight_one - weight)) + b * @as(@Vector(n, u16), @splat(weight));
    mixed[0..n].* = @as(@Vector(n, i16), @bitCast(sum >> @splat(1)));
}

fn mixColumns(target: [*]u8, mixed: [*]const i16, columns: []const Column) void {
    const half: @Vector(4, i32) = @splat(1 << 14);
    for (columns, 0..) |column, x| {
        const pixels: @Vector(8, i16) = mixed[4 * column.index ..][0..8].*;
        const pairs: @Vector(8, i32) = @shuffle(i16, pixels, undefined, [_]i32{ 0, 4, 1, 5, 2, 6, 3, 7 });
        const weights: @Vector(8, i16) = @bitCast(@as(@Vector(4, u32), @splat(column.weights)));
        const products = pairs * @as(@Vector(8, i32), weights);
        const first = @shuffle(i32, products, undefined, [_]i32{ 0, 2, 4, 6 });
        const second = @shuffle(i32, products, undefined, [_]i32{ 1, 3, 5, 7 });
        const sum: @Vector(4, u32) = @bitCast(first + second + half);
        target[4 * x ..][0..4].* = @as(@Vector(4, u8), @intCast(sum >> @splat(15)));
    }
}
