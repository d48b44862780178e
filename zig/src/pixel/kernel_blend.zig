//! Filling and blending of pixels of four bytes.
//!
//! All products are of two bytes; v / 255 is rounded to the nearest by (v + 128 + ((v + 128) >> 8)) >> 8, which is
//! exact for 0 <= v <= 65025 (J. F. Blinn, "Three Wrongs Make a Right", 1995). It is written as ((v + 128) * 257) >> 16,
//! the same number, because vector units have one instruction for the high half of a product.

const std = @import("std");
const job = @import("job.zig");

/// Bytes in one vector of 16-bit lanes.
const bytes_per_step = 2 * (std.simd.suggestVectorLength(u16) orelse 8);
const pixels_per_step = bytes_per_step / 4;

/// How far ahead the source is asked for. The hardware stops looking ahead at the end of each page of 4 KiB, and a layer
/// that was not just written lies outside of the caches: without this, blending waits for memory half of its time.
const prefetch_bytes = 2048;

inline fn prefetch(source: [*]const u8) void {
    @prefetch(source + prefetch_bytes, .{ .rw = .read, .locality = 1 });
}

pub fn fill(work: *const job.Fill) callconv(.c) void {
    for (0..work.rows) |y| {
        const row: [*]align(1) u32 = @ptrCast(work.target + y * work.stride_bytes);
        @memset(row[0..work.columns], work.value);
    }
}

pub fn blend(work: *const job.Blend) callconv(.c) void {
    switch (work.mode) {
        inline else => |mode| {
            if (work.opacity == 255) blendRows(mode, true, work) else blendRows(mode, false, work);
        },
    }
}

fn blendRows(comptime mode: job.BlendMode, comptime solid: bool, work: *const job.Blend) void {
    for (0..work.rows) |y| {
        const target = work.target + y * work.target_stride_bytes;
        const source = work.source + y * work.source_stride_bytes;
        if (mode == .@"opaque" and solid) copyRow(target, source, work.columns) //
        else blendRow(mode, solid, target, source, work.columns, @intCast(work.opacity));
    }
}

/// The fourth byte of the source means nothing, that of the target becomes 255.
fn copyRow(target: [*]u8, source: [*]const u8, columns: usize) void {
    const from: [*]align(1) const u32 = @ptrCast(source);
    const to: [*]align(1) u32 = @ptrCast(target);
    const n = pixels_per_step * 2;
    var x: usize = 0;
    while (x + n <= columns) : (x += n) {
        prefetch(source + 4 * x);
        const pixels: @Vector(n, u32) = from[x..][0..n].*;
        to[x..][0..n].* = pixels | @as(@Vector(n, u32), @splat(0xff00_0000));
    }
    while (x < columns) : (x += 1) to[x] = from[x] | 0xff00_0000;
}

fn blendRow(
    comptime mode: job.BlendMode,
    comptime solid: bool,
    target: [*]u8,
    source: [*]const u8,
    columns: usize,
    opacity: u16,
) void {
    var x: usize = 0;
    while (x + pixels_per_step <= columns) : (x += pixels_per_step) {
        prefetch(source + 4 * x);
        blendStep(mode, solid, pixels_per_step, target + 4 * x, source + 4 * x, opacity);
    }
    while (x < columns) : (x += 1) blendStep(mode, solid, 1, target + 4 * x, source + 4 * x, opacity);
}

inline fn blendStep(
    comptime mode: job.BlendMode,
    comptime solid: bool,
    comptime pixels: usize,
    target: [*]u8,
    source: [*]const u8,
    opacity: u16,
) void {
    const n = 4 * pixels;
    const Wide = @Vector(n, u16);
    const source_bytes: @Vector(n, u8) = source[0..n].*;
    const alpha_bytes = @shuffle(u8, source_bytes, undefined, alphaMask(pixels));
    if (mode != .@"opaque") {
        // Most of a drawn layer is empty or solid.
        if (isAll(n, alpha_bytes, 0)) {
            if (mode == .straight or isAll(n, source_bytes, 0)) return;
        } else if (solid and isAll(n, alpha_bytes, 255)) {
            target[0..n].* = source_bytes;
            return;
        }
    }
    const full: Wide = @splat(255);
    var color: Wide = source_bytes;
    var alpha: Wide = if (mode == .@"opaque") full else alpha_bytes;
    // In the straight modes the fourth lane is one like the others: alpha times 255.
    if (mode != .premultiplied) color |= comptime alphaLanes(pixels);
    if (!solid) {
        const factor: Wide = @splat(opacity);
        alpha = divideBy255(n, alpha * factor);
        if (mode == .premultiplied) color = divideBy255(n, color * factor);
    }
    const below: Wide = @as(@Vector(n, u8), target[0..n].*);
    const rest = below * (full - alpha);
    const result = if (mode == .premultiplied)
        @min(color + divideBy255(n, rest), full)
    else
        divideBy255(n, color * alpha + rest);
    target[0..n].* = @as(@Vector(n, u8), @intCast(result));
}

/// One comparison and one test of its mask; the least or the greatest of the lanes would take a chain of shuffles.
inline fn isAll(comptime n: usize, bytes: @Vector(n, u8), comptime value: u8) bool {
    return @reduce(.And, bytes == @as(@Vector(n, u8), @splat(value)));
}

inline fn divideBy255(comptime n: usize, value: @Vector(n, u16)) @Vector(n, u16) {
    const half: @Vector(n, u16) = @splat(128);
    const factor: @Vector(n, u32) = @splat(257);
    const sixteen: @Vector(n, u5) = @splat(16);
    return @truncate((@as(@Vector(n, u32), value + half) * factor) >> sixteen);
}

/// For each byte, where the alpha of its pixel is.
fn alphaMask(comptime pixels: usize) @Vector(4 * pixels, i32) {
    var mask: [4 * pixels]i32 = undefined;
    for (&mask, 0..) |*place, i| place.* = (i / 4) * 4 + 3;
    return mask;
}

/// 255 in the fourth lane of each pixel.
fn alphaLanes(comptime pixels: usize) @Vector(4 * pixels, u16) {
    var values: [4 * pixels]u16 = @splat(0);
    for (0..pixels) |i| values[4 * i + 3] = 255;
    return values;
}
