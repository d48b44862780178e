//! Conversion between pixel formats, row by row.
//!
//! Every format has one function that reads a row into float components and one that writes such a row; between them
//! stands at most one matrix (RGB <-> Y'CbCr) or one scale (bit depth), and the change of chroma sampling. Components
//! keep the code numbers of their format (0..255, 0..1023), so repacking within one sampling and depth is exact.
//!
//! Chroma sites are those of BT.601/709 4:2:2 and MPEG-2 4:2:0 ("left"): horizontally on the even luma columns,
//! vertically in the middle between two luma rows.
//!     4:4:4 -> 4:2:2   (left + 2 * own + right) / 4 at the even columns
//!     4:2:2 -> 4:4:4   own at even columns, the mean of both neighbours at odd ones
//!     4:2:2 -> 4:2:0   the mean of two rows
//!     4:2:0 -> 4:2:2   3/4 of the nearer chroma row, 1/4 of the farther
//! At the borders the last sample is repeated.
//!
//! Every sum is rounded to float as written and never fused, so that all CPU levels give the same bytes.

const std = @import("std");
const job = @import("job.zig");
const vector = @import("kernel_vector.zig");

const F = vector.F;
const I = vector.I;
const U = vector.U;
const forEach = vector.forEach;

/// Vectors may write this much over the end of a row.
const padding = 64;

const Line = [job.width_max + padding]f32;

/// The components of one row: R G B, or Y Cb Cr with chroma as wide as the sampling says.
const Components = struct {
    a: Line,
    b: Line,
    c: Line,
};

pub fn convert(work: *const job.Convert) callconv(.c) void {
    const source = job.samplingOf(work.source.format);
    const target = job.samplingOf(work.target.format);
    if (source == .rgb and target == .rgb) return convertRgb(work);
    if (source == .c420 and target == .c420) return convert420(work);
    if (source == .rgb and target == .c420) return convertRgbTo420(work);
    var first: Components = undefined;
    if (target != .c420) {
        for (work.row_start..work.row_start + work.row_count) |y| {
            readAs(work, y, target, &first);
            writeRow(work, y, &first);
        }
        return;
    }
    var second: Components = undefined;
    var y = work.row_start;
    while (y < work.row_start + work.row_count) : (y += 2) {
        readAs(work, y, .c422, &first);
        readAs(work, y + 1, .c422, &second);
        writeLuma(work.target, y, work.width, &first.a);
        writeLuma(work.target, y + 1, work.width, &second.a);
        mix(&first.b, &second.b, 0.5, work.width / 2, &first.b);
        mix(&first.c, &second.c, 0.5, work.width / 2, &first.c);
        writeChroma420(work.target, y / 2, work.width / 2, &first.b, &first.c);
    }
}

/// Reads a row and brings it to the target's depth and horizontal sampling. Colours change where R'G'B' is read or
/// written, so that between the two there is only Y'CbCr.
fn readAs(work: *const job.Convert, y: usize, target: job.Sampling, row: *Components) void {
    const source = job.samplingOf(work.source.format);
    readRow(work, y, row);
    const from_wide = source == .rgb or source == .c444;
    const to_wide = target == .rgb or target == .c444;
    if (from_wide and !to_wide) halveChroma(row, work.width);
    if (to_wide and !from_wide) doubleChroma(row, work.width);
    applyDepth(work, row, if (to_wide) work.width else work.width / 2);
}

// --- one sampling ---

fn convertRgb(work: *const job.Convert) void {
    const swapped = work.source.format != work.target.format;
    for (work.row_start..work.row_start + work.row_count) |y| {
        const source: [*]align(1) const u32 = @ptrCast(rowOf(work.source, 0, y));
        const target: [*]align(1) u32 = @ptrCast(rowOf(work.target, 0, y));
        if (!swapped) {
            @memcpy(target[0..work.width], source[0..work.width]);
            continue;
        }
        forEach(work.width, .{ source, target }, struct {
            pub inline fn run(comptime n: usize, context: anytype, i: usize) void {
                const bytes: @Vector(4 * n, u8) = @bitCast(@as(@Vector(n, u32), context[0][i..][0..n].*));
                const turned = @shuffle(u8, bytes, undefined, swapMask(n));
                context[1][i..][0..n].* = @as(@Vector(n, u32), @bitCast(turned));
            }
        });
    }
}

fn swapMask(comptime pixels: usize) @Vector(4 * pixels, i32) {
    var mask: [4 * pixels]i32 = undefined;
    const order = [4]i32{ 2, 1, 0, 3 };
    for (&mask, 0..) |*place, i| place.* = (i / 4) * 4 + order[i % 4];
    return mask;
}

/// Chroma rows are taken as they are: nothing is filtered twice.
fn convert420(work: *const job.Convert) void {
    var row: Components = undefined;
    for (work.row_start..work.row_start + work.row_count) |y| {
        const source = rowOf(work.source, 0, y);
        @memcpy(rowOf(work.target, 0, y)[0..work.width], source[0..work.width]);
        if (y % 2 != 0) continue;
        readChroma420(work.source, y / 2, work.width / 2, &row.b, &row.c);
        writeChroma420(work.target, y / 2, work.width / 2, &row.b, &row.c);
    }
}

/// The way of a drawn frame to an encoder. Everything is linear until it is rounded, so two rows are added up before
/// the chroma is calculated, and luma goes out at once.
fn convertRgbTo420(work: *const job.Convert) void {
    var row: Components = undefined;
    var y = work.row_start;
    while (y < work.row_start + work.row_count) : (y += 2) {
        switch (work.source.format) {
            .rgba8 => readRgbPair(.{ 0, 8, 16 }, work, y, &row),
            else => readRgbPair(.{ 16, 8, 0 }, work, y, &row),
        }
        halveChroma(&row, work.width);
        writeChroma420(work.target, y / 2, work.width / 2, &row.b, &row.c);
    }
}

/// Writes the luma of two rows, and leaves the mean of their chroma in `row`.
fn readRgbPair(comptime shifts: [3]u5, work: *const job.Convert, y: usize, row: *Components) void {
    var chroma: [2][4]f32 = work.matrix[1..3].*;
    for (&chroma) |*factors| {
        for (factors[0..3]) |*factor| factor.* *= 0.5;
    }
    const upper: [*]align(1) const u32 = @ptrCast(rowOf(work.source, 0, y));
    const lower: [*]align(1) const u32 = @ptrCast(rowOf(work.source, 0, y + 1));
    const rows = .{ upper, lower, rowOf(work.target, 0, y), rowOf(work.target, 0, y + 1) };
    forEach(work.width, .{ rows, &work.matrix[0], &chroma, row }, struct {
        pub inline fn run(comptime n: usize, context: anytype, i: usize) void {
            var sums: [3]F(n) = @splat(splat(n, 0));
            inline for (0..2) |k| {
                const pixels: U(n) = context[0][k][i..][0..n].*;
                var colors: [3]F(n) = undefined;
                inline for (shifts, 0..) |shift, c| {
                    colors[c] = vector.toFloats(n, component(n, pixels, shift, 255));
                    sums[c] += colors[c];
                }
                const luma = product(n, context[1].*, colors[0], colors[1], colors[2]);
                context[0][k + 2][i..][0..n].* = @as(@Vector(n, u8), @intCast(vector.toCodes(n, luma, 255)));
            }
            inline for (.{ &context[3].b, &context[3].c }, 0..) |line, k| {
                line[i..][0..n].* = product(n, context[2][k], sums[0], sums[1], sums[2]);
            }
        }
    });
}

// --- colours, depth, sampling ---

inline fn splat(comptime n: usize, value: f32) F(n) {
    return @splat(value);
}

fn applyDepth(work: *const job.Convert, row: *Components, chroma_count: usize) void {
    if (work.luma_scale == 1) return;
    applyScale(&row.a, work.width, work.luma_scale, work.luma_offset);
    applyScale(&row.b, chroma_count, work.chroma_scale, work.chroma_offset);
    applyScale(&row.c, chroma_count, work.chroma_scale, work.chroma_offset);
}

fn applyScale(line: *Line, count: usize, factor: f32, offset: f32) void {
    forEach(count, .{ line, factor, offset }, struct {
        pub inline fn run(comptime n: usize, context: anytype, i: usize) void {
            const value: F(n) = context[0][i..][0..n].*;
            context[0][i..][0..n].* = value * splat(n, context[1]) + splat(n, context[2]);
        }
    });
}

/// out = (1 - weight) * a + weight * b
fn mix(a: *const Line, b: *const Line, weight: f32, count: usize, out: *Line) void {
    forEach(count, .{ a, b, weight, out }, struct {
        pub inline fn run(comptime n: usize, context: anytype, i: usize) void {
            const first: F(n) = context[0][i..][0..n].*;
            const second: F(n) = context[1][i..][0..n].*;
            context[3][i..][0..n].* = first * splat(n, 1 - context[2]) + second * splat(n, context[2]);
        }
    });
}

fn halveChroma(row: *Components, width: usize) void {
    halve(&row.b, width);
    halve(&row.c, width);
}

/// In place: the even columns, each with its neighbours.
fn halve(line: *Line, width: usize) void {
    line[width] = line[width - 1];
    const first = (3 * line[0] + line[1]) / 4;
    forEach(width / 2 - 1, line, struct {
        pub inline fn run(comptime n: usize, values: *Line, i: usize) void {
            // Column 2 * (i + 1) and what lies on both sides of it.
            const left: @Vector(2 * n, f32) = values[2 * i + 1 ..][0 .. 2 * n].*;
            const right: @Vector(2 * n, f32) = values[2 * i + 3 ..][0 .. 2 * n].*;
            const before = @shuffle(f32, left, undefined, everySecond(n, 0));
            const own = @shuffle(f32, left, undefined, everySecond(n, 1));
            const after = @shuffle(f32, right, undefined, everySecond(n, 0));
            values[i + 1 ..][0..n].* = (before + own + own + after) * splat(n, 0.25);
        }
    });
    line[0] = first;
}

fn everySecond(comptime n: usize, comptime start: i32) @Vector(n, i32) {
    return std.simd.iota(i32, n) * @as(@Vector(n, i32), @splat(2)) + @as(@Vector(n, i32), @splat(start));
}

fn doubleChroma(row: *Components, width: usize) void {
    double(&row.b, width);
    double(&row.c, width);
}

/// In place, from the end to the start: each sample, and its mean with the next.
fn double(line: *Line, width: usize) void {
    const count = width / 2;
    line[count] = line[count - 1];
    var i = count;
    while (i % vector.lanes != 0) {
        i -= 1;
        doubleStep(1, line, i);
    }
    while (i > 0) {
        i -= vector.lanes;
        doubleStep(vector.lanes, line, i);
    }
}

inline fn doubleStep(comptime n: usize, line: *Line, i: usize) void {
    const own: F(n) = line[i..][0..n].*;
    const next: F(n) = line[i + 1 ..][0..n].*;
    const between = (own + next) * splat(n, 0.5);
    line[2 * i ..][0 .. 2 * n].* = std.simd.interlace([2]F(n){ own, between });
}

// --- rows of a picture ---

inline fn rowOf(picture: job.Picture, plane: usize, y: usize) [*]u8 {
    return picture.planes[plane] + y * picture.strides_bytes[plane];
}

fn readRow(work: *const job.Convert, y: usize, row: *Components) void {
    const width = work.width;
    const picture = work.source;
    const bytes = rowOf(picture, 0, y);
    switch (picture.format) {
        .rgba8 => readRgb(.{ 0, 8, 16 }, bytes, width, &work.matrix, row),
        .bgra8 => readRgb(.{ 16, 8, 0 }, bytes, width, &work.matrix, row),
        .uyvy8 => readUyvy(bytes, width / 2, row),
        .v210 => readV210(bytes, width, row),
        .yuv422p10le, .yuv444p10le => {
            const chroma_count = if (picture.format == .yuv422p10le) width / 2 else width;
            readPlane(u16, bytes, width, &row.a);
            readPlane(u16, rowOf(picture, 1, y), chroma_count, &row.b);
            readPlane(u16, rowOf(picture, 2, y), chroma_count, &row.c);
        },
        .i420, .nv12 => {
            readPlane(u8, bytes, width, &row.a);
            readChromaBetween(work, y, row);
        },
    }
}

/// The chroma of luma row `y`: 3/4 of the chroma row it belongs to, 1/4 of the one it is nearer to of the two beside.
fn readChromaBetween(work: *const job.Convert, y: usize, row: *Components) void {
    const count = work.width / 2;
    const near = y / 2;
    const far = if (y % 2 == 0) near -| 1 else @min(near + 1, work.height / 2 - 1);
    readChroma420(work.source, near, count, &row.b, &row.c);
    if (far == near) return;
    var b: Line = undefined;
    var c: Line = undefined;
    readChroma420(work.source, far, count, &b, &c);
    mix(&row.b, &b, 0.25, count, &row.b);
    mix(&row.c, &c, 0.25, count, &row.c);
}

fn writeRow(work: *const job.Convert, y: usize, row: *const Components) void {
    const width = work.width;
    const picture = work.target;
    const bytes = rowOf(picture, 0, y);
    switch (picture.format) {
        .rgba8 => writeRgb(.{ 0, 8, 16 }, bytes, width, &work.matrix, row),
        .bgra8 => writeRgb(.{ 16, 8, 0 }, bytes, width, &work.matrix, row),
        .uyvy8 => writeUyvy(bytes, width / 2, row),
        .v210 => writeV210(bytes, width, row),
        .yuv422p10le, .yuv444p10le => {
            const chroma_count = if (picture.format == .yuv422p10le) width / 2 else width;
            writePlane(u16, 1023, bytes, width, &row.a);
            writePlane(u16, 1023, rowOf(picture, 1, y), chroma_count, &row.b);
            writePlane(u16, 1023, rowOf(picture, 2, y), chroma_count, &row.c);
        },
        // 4:2:0 is written in pairs of rows.
        .i420, .nv12 => unreachable,
    }
}

fn writeLuma(picture: job.Picture, y: usize, width: usize, line: *const Line) void {
    writePlane(u8, 255, rowOf(picture, 0, y), width, line);
}

fn readChroma420(picture: job.Picture, y: usize, count: usize, b: *Line, c: *Line) void {
    if (picture.format == .nv12) return readPairs(rowOf(picture, 1, y), count, b, c);
    readPlane(u8, rowOf(picture, 1, y), count, b);
    readPlane(u8, rowOf(picture, 2, y), count, c);
}

fn writeChroma420(picture: job.Picture, y: usize, count: usize, b: *const Line, c: *const Line) void {
    if (picture.format == .nv12) return writePairs(rowOf(picture, 1, y), count, b, c);
    writePlane(u8, 255, rowOf(picture, 1, y), count, b);
    writePlane(u8, 255, rowOf(picture, 2, y), count, c);
}

// --- packing: each pair of functions is one layout ---

fn readPlane(comptime Word: type, bytes: [*]const u8, count: usize, line: *Line) void {
    const words: [*]align(1) const Word = @ptrCast(bytes);
    forEach(count, .{ words, line }, struct {
        pub inline fn run(comptime n: usize, context: anytype, i: usize) void {
            const codes: @Vector(n, Word) = context[0][i..][0..n].*;
            context[1][i..][0..n].* = vector.toFloats(n, @as(I(n), codes));
        }
    });
}

fn writePlane(comptime Word: type, comptime max: f32, bytes: [*]u8, count: usize, line: *const Line) void {
    const words: [*]align(1) Word = @ptrCast(bytes);
    forEach(count, .{ words, line }, struct {
        pub inline fn run(comptime n: usize, context: anytype, i: usize) void {
            const codes = vector.toCodes(n, context[1][i..][0..n].*, max);
            context[0][i..][0..n].* = @as(@Vector(n, Word), @intCast(codes));
        }
    });
}

/// R G B A by the place of their bits in a word; through the matrix to Y Cb Cr.
fn readRgb(
    comptime shifts: [3]u5,
    bytes: [*]const u8,
    count: usize,
    matrix: *const [3][4]f32,
    row: *Components,
) void {
    const words: [*]align(1) const u32 = @ptrCast(bytes);
    forEach(count, .{ words, matrix, row }, struct {
        pub inline fn run(comptime n: usize, context: anytype, i: usize) void {
            const pixels: U(n) = context[0][i..][0..n].*;
            const r = vector.toFloats(n, component(n, pixels, shifts[0], 255));
            const g = vector.toFloats(n, component(n, pixels, shifts[1], 255));
            const b = vector.toFloats(n, component(n, pixels, shifts[2], 255));
            inline for (.{ &context[2].a, &context[2].b, &context[2].c }, 0..) |line, k| {
                line[i..][0..n].* = product(n, context[1][k], r, g, b);
            }
        }
    });
}

/// Y Cb Cr through the matrix to R G B, and an alpha of 255.
fn writeRgb(
    comptime shifts: [3]u5,
    bytes: [*]u8,
    count: usize,
    matrix: *const [3][4]f32,
    row: *const Components,
) void {
    const words: [*]align(1) u32 = @ptrCast(bytes);
    forEach(count, .{ words, matrix, row }, struct {
        pub inline fn run(comptime n: usize, context: anytype, i: usize) void {
            const y: F(n) = context[2].a[i..][0..n].*;
            const cb: F(n) = context[2].b[i..][0..n].*;
            const cr: F(n) = context[2].c[i..][0..n].*;
            const r_row, const g_row, const b_row = context[1].*;
            // The same factor of luma in all three; no Cb in R and no Cr in B.
            const gray = y * splat(n, r_row[0]);
            const colors = [3]F(n){
                gray + cr * splat(n, r_row[2]) + splat(n, r_row[3]),
                gray + cb * splat(n, g_row[1]) + cr * splat(n, g_row[2]) + splat(n, g_row[3]),
                gray + cb * splat(n, b_row[1]) + splat(n, b_row[3]),
            };
            var pixels: U(n) = @splat(0xff00_0000);
            inline for (shifts, colors) |shift, color| pixels |= vector.toCodes(n, color, 255) << @splat(shift);
            context[0][i..][0..n].* = pixels;
        }
    });
}

inline fn product(comptime n: usize, factors: [4]f32, a: F(n), b: F(n), c: F(n)) F(n) {
    return a * splat(n, factors[0]) + b * splat(n, factors[1]) + c * splat(n, factors[2]) + splat(n, factors[3]);
}

inline fn component(comptime n: usize, words: @Vector(n, u32), comptime shift: u5, comptime mask: u32) I(n) {
    return @bitCast((words >> @splat(shift)) & @as(@Vector(n, u32), @splat(mask)));
}

/// NV12: Cb Cr.
fn readPairs(bytes: [*]const u8, count: usize, b: *Line, c: *Line) void {
    const words: [*]align(1) const u16 = @ptrCast(bytes);
    forEach(count, .{ words, b, c }, struct {
        pub inline fn run(comptime n: usize, context: anytype, i: usize) void {
            const pairs: @Vector(n, u32) = @as(@Vector(n, u16), context[0][i..][0..n].*);
            context[1][i..][0..n].* = vector.toFloats(n, component(n, pairs, 0, 255));
            context[2][i..][0..n].* = vector.toFloats(n, component(n, pairs, 8, 255));
        }
    });
}

fn writePairs(bytes: [*]u8, count: usize, b: *const Line, c: *const Line) void {
    const words: [*]align(1) u16 = @ptrCast(bytes);
    forEach(count, .{ words, b, c }, struct {
        pub inline fn run(comptime n: usize, context: anytype, i: usize) void {
            const low = vector.toCodes(n, context[1][i..][0..n].*, 255);
            const high = vector.toCodes(n, context[2][i..][0..n].*, 255);
            context[0][i..][0..n].* = @as(@Vector(n, u16), @intCast(low | (high << @splat(8))));
        }
    });
}

/// UYVY: Cb Y0 Cr Y1.
fn readUyvy(bytes: [*]const u8, count: usize, row: *Components) void {
    const words: [*]align(1) const u32 = @ptrCast(bytes);
    forEach(count, .{ words, row }, struct {
        pub inline fn run(comptime n: usize, context: anytype, i: usize) void {
            const pairs: @Vector(n, u32) = context[0][i..][0..n].*;
            const even = vector.toFloats(n, component(n, pairs, 8, 255));
            const odd = vector.toFloats(n, component(n, pairs, 24, 255));
            context[1].a[2 * i ..][0 .. 2 * n].* = std.simd.interlace([2]F(n){ even, odd });
            context[1].b[i..][0..n].* = vector.toFloats(n, component(n, pairs, 0, 255));
            context[1].c[i..][0..n].* = vector.toFloats(n, component(n, pairs, 16, 255));
        }
    });
}

fn writeUyvy(bytes: [*]u8, count: usize, row: *const Components) void {
    const words: [*]align(1) u32 = @ptrCast(bytes);
    forEach(count, .{ words, row }, struct {
        pub inline fn run(comptime n: usize, context: anytype, i: usize) void {
            const luma: @Vector(2 * n, f32) = context[1].a[2 * i ..][0 .. 2 * n].*;
            const parts = [4]F(n){
                context[1].b[i..][0..n].*,
                @shuffle(f32, luma, undefined, everySecond(n, 0)),
                context[1].c[i..][0..n].*,
                @shuffle(f32, luma, undefined, everySecond(n, 1)),
            };
            var pairs: @Vector(n, u32) = @splat(0);
            inline for (parts, 0..) |part, k| {
                pairs |= vector.toCodes(n, part, 255) << @splat(8 * k);
            }
            context[0][i..][0..n].* = pairs;
        }
    });
}

/// v210, low bits first: Cb0 Y0 Cr0 | Y1 Cb1 Y2 | Cr1 Y3 Cb2 | Y4 Cr2 Y5
fn readV210(bytes: [*]const u8, width: usize, row: *Components) void {
    const words: [*]align(1) const u32 = @ptrCast(bytes);
    for (0..(width + 5) / 6) |group| {
        const quad: @Vector(4, u32) = words[4 * group ..][0..4].*;
        const low = vector.toFloats(4, component(4, quad, 0, 1023));
        const middle = vector.toFloats(4, component(4, quad, 10, 1023));
        const high = vector.toFloats(4, component(4, quad, 20, 1023));
        const low_middle = std.simd.join(low, middle);
        const luma: [8]f32 = @shuffle(f32, low_middle, high, [_]i32{ 4, 1, ~@as(i32, 1), 6, 3, ~@as(i32, 3), 0, 0 });
        row.a[6 * group ..][0..8].* = luma;
        row.b[3 * group ..][0..4].* = @shuffle(f32, low_middle, high, [_]i32{ 0, 5, ~@as(i32, 2), 0 });
        row.c[3 * group ..][0..4].* = @shuffle(f32, low_middle, high, [_]i32{ ~@as(i32, 0), 2, 7, 0 });
    }
}

fn writeV210(bytes: [*]u8, width: usize, row: *const Components) void {
    const words: [*]align(1) u32 = @ptrCast(bytes);
    const whole = width / 6;
    for (0..whole) |group| {
        const luma = row.a[6 * group ..].ptr;
        writeV210Group(words + 4 * group, luma, row.b[3 * group ..].ptr, row.c[3 * group ..].ptr);
    }
    if (width % 6 == 0) return;
    var last_luma: [8]f32 = @splat(0);
    var b: [4]f32 = @splat(0);
    var c: [4]f32 = @splat(0);
    for (0..width % 6) |i| last_luma[i] = row.a[6 * whole + i];
    for (0..(width % 6) / 2) |i| b[i] = row.b[3 * whole + i];
    for (0..(width % 6) / 2) |i| c[i] = row.c[3 * whole + i];
    writeV210Group(words + 4 * whole, &last_luma, &b, &c);
}

inline fn writeV210Group(words: [*]align(1) u32, luma: [*]const f32, b: [*]const f32, c: [*]const f32) void {
    const y = vector.toCodes(8, luma[0..8].*, 1023);
    const cb = vector.toCodes(4, b[0..4].*, 1023);
    const cr = vector.toCodes(4, c[0..4].*, 1023);
    const chroma = std.simd.join(cb, cr);
    const low = @shuffle(u32, y, chroma, [_]i32{ ~@as(i32, 0), 1, ~@as(i32, 5), 4 });
    const middle = @shuffle(u32, y, chroma, [_]i32{ 0, ~@as(i32, 1), 3, ~@as(i32, 6) });
    const high = @shuffle(u32, y, chroma, [_]i32{ ~@as(i32, 4), 2, ~@as(i32, 2), 5 });
    words[0..4].* = low | (middle << @splat(10)) | (high << @splat(20));
}
