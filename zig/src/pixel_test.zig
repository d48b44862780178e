//! The kernels of every CPU level against references in f64, with pictures that end at a page nobody may touch.

const std = @import("std");
const cpu = @import("pixel/cpu.zig");
const job = @import("pixel/job.zig");
const matrix_module = @import("pixel/matrix.zig");
const pixel = @import("pixel.zig");
const testing = @import("pixel/testing.zig");

const expect = std.testing.expect;
const expectError = std.testing.expectError;
const Guarded = testing.Guarded;
const Test = testing.Test;
const forEachLevel = testing.forEachLevel;

/// The exact value may lie this far from a half for float arithmetic to round it to the other side.
const rounding_slack = 0.002;

const all_formats = [_]job.Format{ .rgba8, .bgra8, .i420, .nv12, .uyvy8, .yuv422p10le, .v210, .yuv444p10le };

// --- reference conversion, one sample at a time ---

const Reference = struct {
    source: Test,
    target: job.Format,
    matrix: matrix_module.Matrix,
    range: matrix_module.Range,

    fn raw(self: Reference, c: usize, x: usize, y: usize) f64 {
        return @floatFromInt(self.source.codeAt(c, x, y));
    }

    /// Chroma at chroma column `k` of luma row `y`, from 4:2:2 or 4:2:0.
    fn chroma422(self: Reference, c: usize, k: usize, y: usize) f64 {
        if (job.samplingOf(self.source.format) == .c422) return self.raw(c, k, y);
        const last = self.source.height / 2 - 1;
        const near = y / 2;
        const far = if (y % 2 == 0) near -| 1 else @min(near + 1, last);
        return 0.75 * self.raw(c, k, near) + 0.25 * self.raw(c, k, far);
    }

    /// A component of the source at a luma place.
    fn at444(self: Reference, c: usize, x: usize, y: usize) f64 {
        const sampling = job.samplingOf(self.source.format);
        if (c == 0 or sampling == .rgb or sampling == .c444) return self.raw(c, x, y);
        const k = x / 2;
        if (x % 2 == 0) return self.chroma422(c, k, y);
        const next = @min(k + 1, self.source.width / 2 - 1);
        return (self.chroma422(c, k, y) + self.chroma422(c, next, y)) / 2;
    }

    /// The same in the colours of the target.
    fn colored(self: Reference, c: usize, x: usize, y: usize) f64 {
        const from = job.samplingOf(self.source.format);
        const to = job.samplingOf(self.target);
        if ((from == .rgb) == (to == .rgb)) return self.at444(c, x, y);
        const kr: f64, const kb: f64 = switch (self.matrix) {
            .bt601 => .{ 0.299, 0.114 },
            .bt709 => .{ 0.2126, 0.0722 },
            else => .{ 0.2627, 0.0593 },
        };
        const depth = if (from == .rgb) job.depthOf(self.target) else job.depthOf(self.source.format);
        const step: f64 = @floatFromInt(@as(u32, 1) << (depth - 8));
        const narrow = self.range == .narrow;
        const black: f64 = if (narrow) 16 * step else 0;
        const luma: f64 = if (narrow) 219 * step else 256 * step - 1;
        const span: f64 = if (narrow) 224 * step else 256 * step - 1;
        if (from == .rgb) {
            const r = self.at444(0, x, y) / 255;
            const g = self.at444(1, x, y) / 255;
            const b = self.at444(2, x, y) / 255;
            const gray = kr * r + (1 - kr - kb) * g + kb * b;
            return switch (c) {
                0 => black + luma * gray,
                1 => 128 * step + span * (b - gray) / (2 * (1 - kb)),
                else => 128 * step + span * (r - gray) / (2 * (1 - kr)),
            };
        }
        const gray = (self.at444(0, x, y) - black) / luma;
        const b = gray + 2 * (1 - kb) * (self.at444(1, x, y) - 128 * step) / span;
        const r = gray + 2 * (1 - kr) * (self.at444(2, x, y) - 128 * step) / span;
        return 255 * switch (c) {
            0 => r,
            1 => (gray - kr * r - kb * b) / (1 - kr - kb),
            else => b,
        };
    }

    fn halved(self: Reference, c: usize, k: usize, y: usize) f64 {
        const sampling = job.samplingOf(self.source.format);
        if (sampling == .c422 or sampling == .c420) return self.chroma422(c, k, y);
        const x = 2 * k;
        return (self.colored(c, x -| 1, y) + 2 * self.colored(c, x, y) + self.colored(c, x + 1, y)) / 4;
    }

    /// The exact value of a sample of the target.
    fn expected(self: Reference, c: usize, x: usize, y: usize) f64 {
        const from = job.samplingOf(self.source.format);
        const to = job.samplingOf(self.target);
        const value = if (c == 0 or to == .rgb or to == .c444)
            self.colored(c, x, y)
        else if (to == .c422)
            self.halved(c, x, y)
        else if (from == .c420)
            self.raw(c, x, y)
        else
            (self.halved(c, x, 2 * y) + self.halved(c, x, 2 * y + 1)) / 2;
        return self.deepened(c, value);
    }

    fn deepened(self: Reference, c: usize, value: f64) f64 {
        if (job.samplingOf(self.source.format) == .rgb or job.samplingOf(self.target) == .rgb) return value;
        const old: f64 = @floatFromInt(@as(u32, 1) << (job.depthOf(self.source.format) - 8));
        const new: f64 = @floatFromInt(@as(u32, 1) << (job.depthOf(self.target) - 8));
        if (self.range == .narrow) return value * new / old;
        const factor = (256 * new - 1) / (256 * old - 1);
        return if (c == 0) value * factor else (value - 128 * old) * factor + 128 * new;
    }
};

fn checkConversion(reference: Reference, target: Test) !void {
    const params: pixel.ConvertParams = .{
        .width = target.width,
        .height = target.height,
        .matrix = reference.matrix,
        .range = reference.range,
        .row_start = 0,
        .row_count = target.height,
        .target = target.picture,
        .source = reference.source.picture,
    };
    @memset(target.memory.bytes, 0xa5);
    try pixel.convert(target.memory.bytes, reference.source.memory.bytes, params);
    const sampling = job.samplingOf(target.format);
    const top: f64 = if (job.depthOf(target.format) == 8) 255 else 1023;
    for (0..3) |c| {
        const half_x = c > 0 and (sampling == .c422 or sampling == .c420);
        const columns = if (half_x) target.width / 2 else target.width;
        const rows = if (c > 0 and sampling == .c420) target.height / 2 else target.height;
        for (0..rows) |y| for (0..columns) |x| {
            const exact = std.math.clamp(reference.expected(c, x, y), 0, top);
            const actual: f64 = @floatFromInt(target.codeAt(c, x, y));
            if (@abs(exact - actual) <= 0.5 + rounding_slack) continue;
            std.debug.print("{t} -> {t}, {t} {t}, component {d} at {d},{d} of {d}x{d}: {d}, exact {d}\n", .{
                reference.source.format, target.format, reference.matrix, reference.range,
                c,                       x,             y,                target.width,
                target.height,           actual,        exact,
            });
            return error.TestUnexpectedResult;
        };
    }
}

fn checkConversions(width: u32, height: u32) !void {
    var random_state: std.Random.DefaultPrng = .init(width * 31 + height);
    for (all_formats) |from| for (all_formats) |to| {
        const source = try Test.init(from, width, height, 3);
        defer source.deinit();
        source.randomize(random_state.random());
        const target = try Test.init(to, width, height, 1);
        defer target.deinit();
        inline for (.{ .bt601, .bt709, .bt2020 }) |matrix| inline for (.{ .narrow, .full }) |range| {
            try checkConversion(.{ .source = source, .target = to, .matrix = matrix, .range = range }, target);
        };
    };
}

test "convert() is rounded to the nearest for every pair of formats, matrix, range and CPU level" {
    inline for (.{ .{ 2, 2 }, .{ 34, 4 }, .{ 70, 6 }, .{ 108, 2 } }) |size| {
        try forEachLevel(checkConversions, .{ size[0], size[1] });
    }
}

test "convert() in strips gives the same bytes as in one go" {
    const source = try Test.init(.i420, 64, 16, 0);
    defer source.deinit();
    var random_state: std.Random.DefaultPrng = .init(5);
    source.randomize(random_state.random());
    const whole = try Test.init(.rgba8, 64, 16, 0);
    defer whole.deinit();
    const strips = try Test.init(.rgba8, 64, 16, 0);
    defer strips.deinit();
    var params: pixel.ConvertParams = .{
        .width = 64,
        .height = 16,
        .matrix = .bt709,
        .range = .narrow,
        .row_start = 0,
        .row_count = 16,
        .target = whole.picture,
        .source = source.picture,
    };
    try pixel.convert(whole.memory.bytes, source.memory.bytes, params);
    for ([_]u32{ 6, 0, 10, 2, 4, 8, 12, 14 }) |row| {
        params.row_start = row;
        params.row_count = 2;
        try pixel.convert(strips.memory.bytes, source.memory.bytes, params);
    }
    try std.testing.expectEqualSlices(u8, whole.memory.bytes, strips.memory.bytes);
}

test "convert() refuses what does not fit" {
    const source = try Test.init(.i420, 8, 4, 0);
    defer source.deinit();
    const target = try Test.init(.rgba8, 8, 4, 0);
    defer target.deinit();
    const good: pixel.ConvertParams = .{
        .width = 8,
        .height = 4,
        .matrix = .bt709,
        .range = .narrow,
        .row_start = 0,
        .row_count = 4,
        .target = target.picture,
        .source = source.picture,
    };
    try pixel.convert(target.memory.bytes, source.memory.bytes, good);
    const short_target = target.memory.bytes[1..];
    try expectError(error.OutOfRange, pixel.convert(short_target, source.memory.bytes, good));
    try expectError(error.OutOfRange, pixel.convert(target.memory.bytes, source.memory.bytes[1..], good));
    inline for (.{
        .{ "width", 7, error.OutOfRange },
        .{ "width", 0, error.OutOfRange },
        .{ "width", 16385, error.OutOfRange },
        .{ "height", 5, error.OutOfRange },
        .{ "row_start", 1, error.OutOfRange },
        .{ "row_start", 2, error.OutOfRange },
        .{ "row_start", 0xffff_fffe, error.OutOfRange },
        .{ "row_count", 3, error.OutOfRange },
        .{ "matrix", @as(matrix_module.Matrix, @fromBackingInt(3)), error.InvalidArgument },
        .{ "range", @as(matrix_module.Range, @fromBackingInt(2)), error.InvalidArgument },
    }) |change| {
        var bad = good;
        @field(bad, change[0]) = change[1];
        try expectError(change[2], pixel.convert(target.memory.bytes, source.memory.bytes, bad));
    }
    var bad = good;
    bad.source.format = 9;
    try expectError(error.InvalidArgument, pixel.convert(target.memory.bytes, source.memory.bytes, bad));
    bad = good;
    bad.source.plane_offsets[2] = 0xffff_ffff;
    try expectError(error.OutOfRange, pixel.convert(target.memory.bytes, source.memory.bytes, bad));
    bad = good;
    bad.source.plane_strides_bytes[0] = 7;
    try expectError(error.OutOfRange, pixel.convert(target.memory.bytes, source.memory.bytes, bad));
}

// --- blend ---

fn nearest(numerator: u32, denominator: u32) u32 {
    return (2 * numerator + denominator) / (2 * denominator);
}

fn blendedReference(mode: job.BlendMode, opacity: u32, below: [4]u8, above: [4]u8) [4]u8 {
    var result: [4]u8 = undefined;
    const own_alpha: u32 = if (mode == .@"opaque") 255 else above[3];
    const alpha = nearest(own_alpha * opacity, 255);
    for (&result, below, above, 0..) |*out, low, high, c| {
        const color: u32 = if (c == 3) (if (mode == .premultiplied) high else 255) else high;
        const value = if (mode == .premultiplied)
            nearest(color * opacity, 255) + nearest(low * (255 - alpha), 255)
        else
            nearest(color * alpha + low * (255 - alpha), 255);
        out.* = @intCast(@min(value, 255));
    }
    return result;
}

fn checkBlend(params: pixel.BlendParams, seed: u64) !void {
    var random_state: std.Random.DefaultPrng = .init(seed);
    const random = random_state.random();
    const target = try Guarded.init((params.target_height - 1) * params.target_stride_bytes + 4 * params.target_width);
    defer target.deinit();
    const source = try Guarded.init((params.source_height - 1) * params.source_stride_bytes + 4 * params.source_width);
    defer source.deinit();
    random.bytes(target.bytes);
    random.bytes(source.bytes);
    // Runs of empty and of solid pixels take short cuts.
    if (seed % 3 == 1) @memset(source.bytes[0 .. source.bytes.len / 2], 0);
    if (seed % 3 == 2) @memset(source.bytes[source.bytes.len / 2 ..], 255);
    const before = try std.testing.allocator.dupe(u8, target.bytes);
    defer std.testing.allocator.free(before);
    try pixel.blend(target.bytes, source.bytes, params);
    for (0..params.target_height) |y| for (0..params.target_width) |x| {
        const place = y * params.target_stride_bytes + 4 * x;
        var expected = before[place..][0..4].*;
        const source_x = @as(i64, @intCast(x)) - params.x;
        const source_y = @as(i64, @intCast(y)) - params.y;
        const inside = source_x >= 0 and source_x < params.source_width and source_y >= 0 and
            source_y < params.source_height and y >= params.row_start and y < params.row_start + params.row_count;
        if (inside and params.opacity > 0) {
            const from: usize = @intCast(source_y * params.source_stride_bytes + 4 * source_x);
            const mode: job.BlendMode = @fromBackingInt(params.mode);
            expected = blendedReference(mode, params.opacity, expected, source.bytes[from..][0..4].*);
        }
        try std.testing.expectEqualSlices(u8, &expected, target.bytes[place..][0..4]);
    };
}

fn checkBlends() !void {
    var seed: u64 = 0;
    for ([_]u32{ 0, 1, 2 }) |mode| for ([_]u32{ 0, 1, 77, 128, 254, 255 }) |opacity| {
        for ([_][2]i32{ .{ 0, 0 }, .{ -3, -2 }, .{ 40, 5 }, .{ 1000, 0 }, .{ -2147483648, 2147483647 } }) |place| {
            seed += 1;
            try checkBlend(.{
                .target_width = 67,
                .target_height = 9,
                .target_stride_bytes = 67 * 4 + 8,
                .source_width = 53,
                .source_height = 8,
                .source_stride_bytes = 53 * 4 + 4,
                .x = place[0],
                .y = place[1],
                .opacity = opacity,
                .mode = mode,
                .row_start = 1,
                .row_count = 7,
            }, seed);
        }
    };
}

test "blend() is exact and clipped in every mode and at every CPU level" {
    try forEachLevel(checkBlends, .{});
}

test "blend() refuses what does not fit" {
    var target: [64]u8 = @splat(0);
    const source: [64]u8 = @splat(0);
    const good: pixel.BlendParams = .{
        .target_width = 4,
        .target_height = 4,
        .target_stride_bytes = 16,
        .source_width = 4,
        .source_height = 4,
        .source_stride_bytes = 16,
        .x = 0,
        .y = 0,
        .opacity = 255,
        .mode = 0,
        .row_start = 0,
        .row_count = 4,
    };
    try pixel.blend(&target, &source, good);
    inline for (.{
        .{ "target_width", 5, error.OutOfRange },            .{ "target_height", 5, error.OutOfRange },
        .{ "source_width", 5, error.OutOfRange },            .{ "source_height", 5, error.OutOfRange },
        .{ "target_stride_bytes", 15, error.OutOfRange },    .{ "source_stride_bytes", 17, error.OutOfRange },
        .{ "row_count", 5, error.OutOfRange },               .{ "row_start", 1, error.OutOfRange },
        .{ "opacity", 256, error.InvalidArgument },          .{ "mode", 3, error.InvalidArgument },
        .{ "target_height", 0xffff_ffff, error.OutOfRange },
    }) |change| {
        var bad = good;
        @field(bad, change[0]) = change[1];
        try expectError(change[2], pixel.blend(&target, &source, bad));
    }
}

// --- fill ---

test "fill() writes the rectangle, clipped, and nothing else" {
    inline for (.{
        .{ 1, 1, 2, 2 },
        .{ -1, -1, 3, 2 },
        .{ 3, 2, 99, 99 },
        .{ 9, 9, 1, 1 },
        .{ 0, 0, 0xffff_ffff, 1 },
    }) |case| {
        const memory = try Guarded.init(20 * 3 + 16);
        defer memory.deinit();
        try pixel.fill(memory.bytes, .{
            .width = 4,
            .height = 4,
            .stride_bytes = 20,
            .x = case[0],
            .y = case[1],
            .columns = case[2],
            .rows = case[3],
            .value = 0x04030201,
        });
        for (0..4) |y| for (0..4) |x| {
            const column: i64 = @intCast(x);
            const row: i64 = @intCast(y);
            const inside = column >= case[0] and column < @as(i64, case[0]) + case[2] and
                row >= case[1] and row < @as(i64, case[1]) + case[3];
            const expected = if (inside) [4]u8{ 1, 2, 3, 4 } else [4]u8{ 0, 0, 0, 0 };
            try std.testing.expectEqualSlices(u8, &expected, memory.bytes[20 * y + 4 * x ..][0..4]);
        };
    }
    var short: [63]u8 = @splat(0);
    try expectError(error.OutOfRange, pixel.fill(&short, .{
        .width = 4,
        .height = 4,
        .stride_bytes = 16,
        .x = 0,
        .y = 0,
        .columns = 1,
        .rows = 1,
        .value = 0,
    }));
}

// --- scale ---

/// Weights of 8 bits put the result this far from the exact one, besides the rounding.
const scale_error_max = 1.0;

fn checkScale(from: [2]u32, to: [2]u32) !void {
    var random_state: std.Random.DefaultPrng = .init(from[0] * 7 + to[0]);
    const source = try Guarded.init(4 * from[0] * from[1]);
    defer source.deinit();
    const target = try Guarded.init(4 * to[0] * to[1]);
    defer target.deinit();
    random_state.random().bytes(source.bytes);
    var params: pixel.ScaleParams = .{
        .target_width = to[0],
        .target_height = to[1],
        .target_stride_bytes = 4 * to[0],
        .source_width = from[0],
        .source_height = from[1],
        .source_stride_bytes = 4 * from[0],
        .row_start = 0,
        .row_count = to[1],
        .buffer_row = 0,
    };
    try pixel.scale(target.bytes, source.bytes, params);
    for (0..to[1]) |y| for (0..to[0]) |x| for (0..4) |c| {
        const column = linearPlace(x, from[0], to[0]);
        const row = linearPlace(y, from[1], to[1]);
        var exact: f64 = 0;
        for (0..2) |j| for (0..2) |i| {
            const pixel_x = @min(column[0] + i, from[0] - 1);
            const pixel_y = @min(row[0] + j, from[1] - 1);
            const weight = (if (i == 0) 1 - column[1] else column[1]) * (if (j == 0) 1 - row[1] else row[1]);
            exact += weight * @as(f64, @floatFromInt(source.bytes[4 * (pixel_y * from[0] + pixel_x) + c]));
        };
        const actual: f64 = @floatFromInt(target.bytes[4 * (y * to[0] + x) + c]);
        try expect(@abs(actual - exact) <= 0.5 + scale_error_max);
    };
    // One strip, in a buffer of its own.
    const strip = try Guarded.init(4 * to[0]);
    defer strip.deinit();
    params.row_start = to[1] / 2;
    params.row_count = 1;
    params.buffer_row = params.row_start;
    try pixel.scale(strip.bytes, source.bytes, params);
    try std.testing.expectEqualSlices(u8, target.bytes[4 * to[0] * params.row_start ..][0 .. 4 * to[0]], strip.bytes);
    params.buffer_row += 1;
    try expectError(error.OutOfRange, pixel.scale(strip.bytes, source.bytes, params));
}

fn linearPlace(x: usize, from: u32, to: u32) struct { usize, f64 } {
    const ratio = @as(f64, @floatFromInt(from)) / @as(f64, @floatFromInt(to));
    const exact = @max((@as(f64, @floatFromInt(x)) + 0.5) * ratio - 0.5, 0);
    const index: usize = @intFromFloat(exact);
    return .{ index, exact - @as(f64, @floatFromInt(index)) };
}

fn checkScales() !void {
    try checkScale(.{ 1, 1 }, .{ 5, 3 });
    try checkScale(.{ 5, 3 }, .{ 1, 1 });
    try checkScale(.{ 37, 11 }, .{ 37, 11 });
    try checkScale(.{ 37, 11 }, .{ 80, 30 });
    try checkScale(.{ 80, 30 }, .{ 33, 7 });
}

test "scale() is bilinear in every direction, at every CPU level, whole and in strips" {
    try forEachLevel(checkScales, .{});
}

test "scale() to the same size is a copy" {
    var source: [4 * 6]u8 = undefined;
    for (&source, 0..) |*byte, i| byte.* = @intCast(i * 10);
    var target: [4 * 6]u8 = undefined;
    try pixel.scale(&target, &source, .{
        .target_width = 3,
        .target_height = 2,
        .target_stride_bytes = 12,
        .source_width = 3,
        .source_height = 2,
        .source_stride_bytes = 12,
        .row_start = 0,
        .row_count = 2,
        .buffer_row = 0,
    });
    try std.testing.expectEqualSlices(u8, &source, &target);
}
