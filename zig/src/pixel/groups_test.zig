//! The kernels of every CPU level against one bit after the other, at all small widths.

const std = @import("std");
const groups = @import("groups.zig");
const job = @import("job.zig");
const pgroup = @import("../st2110/pgroup.zig");
const pixel = @import("../pixel.zig");
const testing = @import("testing.zig");

const expectEqual = std.testing.expectEqual;
const Test = testing.Test;

const untouched = 0xA5;
const width_max = 200;

/// One sample of a group: which component, and of which pixel of the group.
const Place = struct { component: u2, x: u2 = 0, y: u1 = 0 };

/// The samples of a group in the order of ST 2110-20; of four pixels only the first, because all are alike.
fn placesOf(sampling: pgroup.Sampling) []const Place {
    return switch (sampling) {
        .ycbcr_422 => &.{ .{ .component = 1 }, .{ .component = 0 }, .{ .component = 2 }, .{ .component = 0, .x = 1 } },
        .ycbcr_444 => &.{ .{ .component = 1 }, .{ .component = 0 }, .{ .component = 2 } },
        .rgb => &.{ .{ .component = 0 }, .{ .component = 1 }, .{ .component = 2 } },
        .ycbcr_420 => &.{
            .{ .component = 0 },                 .{ .component = 0, .x = 1 }, .{ .component = 0, .y = 1 },
            .{ .component = 0, .x = 1, .y = 1 }, .{ .component = 1 },         .{ .component = 2 },
        },
        .xyz, .key => unreachable,
    };
}

/// Rows of groups with bytes between them, in memory that ends with the last row.
const Groups = struct {
    memory: testing.Guarded,
    stride_bytes: u32,
    row_bytes: u32,
    rows: u32,

    fn init(format: job.Format, width: u32, height: u32, padding: u32) !Groups {
        const group = groups.groupOf(format);
        const row_bytes = group.rowBytes(width);
        const rows = height / group.rows;
        const memory = try testing.Guarded.init((rows - 1) * (row_bytes + padding) + row_bytes);
        return .{ .memory = memory, .stride_bytes = row_bytes + padding, .row_bytes = row_bytes, .rows = rows };
    }

    fn bit(self: Groups, row: usize, index: usize) u1 {
        const byte = self.memory.bytes[row * self.stride_bytes + index / 8];
        return @truncate(byte >> @intCast(7 - index % 8));
    }

    fn setBit(self: Groups, row: usize, index: usize, value: u1) void {
        const byte = &self.memory.bytes[row * self.stride_bytes + index / 8];
        const mask = @as(u8, 0x80) >> @intCast(index % 8);
        byte.* = if (value == 1) byte.* | mask else byte.* & ~mask;
    }
};

/// Calls `body` with each sample of the picture and the place of its first bit in its row of groups.
fn forEachSample(picture: Test, context: anytype, comptime body: fn (@TypeOf(context), Sample) anyerror!void) !void {
    const sampling = groups.samplingOf(picture.format);
    const bits = groups.depthOf(picture.format).bits();
    const places = placesOf(sampling);
    const columns: usize = if (sampling == .ycbcr_422 or sampling == .ycbcr_420) 2 else 1;
    const group = groups.groupOf(picture.format);
    for (0..picture.height / group.rows) |row| {
        var index: usize = 0;
        for (0..picture.width / columns) |i| for (places) |place| {
            const is_halved = place.component > 0 and columns == 2;
            try body(context, .{
                .component = place.component,
                .x = if (is_halved) i else i * columns + place.x,
                .y = if (is_halved or group.rows == 1) row else row * 2 + place.y,
                .row = row,
                .index = index,
                .bits = bits,
            });
            index += bits;
        };
    }
}

const Sample = struct { component: u2, x: usize, y: usize, row: usize, index: usize, bits: u5 };

const Pair = struct { picture: Test, groups: Groups };

fn packSample(pair: Pair, sample: Sample) anyerror!void {
    const code = pair.picture.codeAt(sample.component, sample.x, sample.y);
    for (0..sample.bits) |i| {
        pair.groups.setBit(sample.row, sample.index + i, @truncate(code >> @intCast(sample.bits - 1 - i)));
    }
}

fn checkSample(pair: Pair, sample: Sample) anyerror!void {
    var expected: u32 = 0;
    for (0..sample.bits) |i| expected = expected << 1 | pair.groups.bit(sample.row, sample.index + i);
    errdefer std.debug.print("{any}\n", .{sample});
    try expectEqual(expected, pair.picture.codeAt(sample.component, sample.x, sample.y));
}

fn pictureOf(one: Test) !job.Picture {
    return pixel.pictureOf(one.memory.bytes, one.picture, one.width, one.height);
}

fn checkPack(random: std.Random, format: job.Format, width: u32, padding: u32) !void {
    const height = 6;
    const picture = try Test.init(format, width, height, padding);
    defer picture.deinit();
    random.bytes(picture.memory.bytes);
    const got = try Groups.init(format, width, height, padding);
    defer got.memory.deinit();
    const expected = try Groups.init(format, width, height, padding);
    defer expected.memory.deinit();
    @memset(got.memory.bytes, untouched);
    @memset(expected.memory.bytes, untouched);
    for (0..expected.rows) |row| {
        @memset(expected.memory.bytes[row * expected.stride_bytes ..][0..expected.row_bytes], 0);
    }
    try forEachSample(picture, Pair{ .picture = picture, .groups = expected }, packSample);
    const source = try pictureOf(picture);
    // The first row alone, then the rest.
    groups.packRows(got.memory.bytes, got.stride_bytes, source, width, 0, 1);
    groups.packRows(got.memory.bytes[got.stride_bytes..], got.stride_bytes, source, width, 1, got.rows - 1);
    groups.packRows(&.{}, got.stride_bytes, source, width, got.rows, 0);
    try std.testing.expectEqualSlices(u8, expected.memory.bytes, got.memory.bytes);
}

fn checkUnpack(random: std.Random, format: job.Format, width: u32, padding: u32) !void {
    const height = 6;
    const source = try Groups.init(format, width, height, padding);
    defer source.memory.deinit();
    random.bytes(source.memory.bytes);
    const picture = try Test.init(format, width, height, padding);
    defer picture.deinit();
    @memset(picture.memory.bytes, untouched);
    const target = try pictureOf(picture);
    groups.unpackRows(target, source.memory.bytes, source.stride_bytes, width, 0, 1);
    const rest = source.memory.bytes[source.stride_bytes..];
    groups.unpackRows(target, rest, source.stride_bytes, width, 1, source.rows - 1);
    groups.unpackRows(target, &.{}, source.stride_bytes, width, source.rows, 0);
    try forEachSample(picture, Pair{ .picture = picture, .groups = source }, checkSample);
    try checkRest(picture);
}

/// What lies between rows is as it was, alpha is 255, and in v210 what no sample fills is 0.
fn checkRest(picture: Test) !void {
    for (0..3) |plane| {
        const row_bytes = pixel.planeRowBytes(picture.format, plane, picture.width) orelse break;
        const stride_bytes = picture.picture.plane_strides_bytes[plane];
        const is_halved = plane > 0 and job.samplingOf(picture.format) == .c420;
        const rows = if (is_halved) picture.height / 2 else picture.height;
        const bytes = picture.memory.bytes[picture.picture.plane_offsets[plane]..];
        for (0..rows) |row| {
            const all = bytes[row * stride_bytes ..];
            const between = all[row_bytes..if (row + 1 < rows) stride_bytes else row_bytes];
            for (between) |byte| try expectEqual(untouched, byte);
            switch (picture.format) {
                .rgba8, .bgra8 => for (0..picture.width) |x| try expectEqual(255, all[4 * x + 3]),
                .v210 => for (0..row_bytes / 4) |i| {
                    const word = std.mem.readInt(u32, all[4 * i ..][0..4], .little);
                    const samples: u64 = @min(3, 2 * @as(u64, picture.width) -| 3 * i);
                    try expectEqual(0, word >> @intCast(10 * samples));
                },
                .yuv422p10le, .yuv444p10le => {
                    for (0..row_bytes / 2) |i| try expectEqual(0, all[2 * i + 1] & 0xFC);
                },
                else => {},
            }
        }
    }
}

fn checkAll() !void {
    var random_state: std.Random.DefaultPrng = .init(4175);
    const random = random_state.random();
    for (std.enums.values(job.Format)) |format| {
        const step: u32 = if (job.samplingOf(format) == .c422 or job.samplingOf(format) == .c420) 2 else 1;
        var width = step;
        while (width <= width_max) : (width += step) {
            const padding = random.uintAtMost(u32, 9);
            errdefer std.debug.print("{t} {d} wide, {d} between rows\n", .{ format, width, padding });
            try checkPack(random, format, width, padding);
            try checkUnpack(random, format, width, padding);
        }
    }
}

test "every format to groups and back, against one bit after the other" {
    try testing.forEachLevel(checkAll, .{});
}

fn checkFigure() !void {
    var luma = [2]u16{ 0x2AA, 0x2AA };
    var cb = [1]u16{0x155};
    var cr = [1]u16{0x155};
    const planar: job.Picture = .{
        .format = .yuv422p10le,
        .planes = .{ @ptrCast(&luma), @ptrCast(&cb), @ptrCast(&cr) },
        .strides_bytes = @splat(0),
    };
    var bytes: [5]u8 = undefined;
    groups.packRows(&bytes, 5, planar, 2, 0, 1);
    try std.testing.expectEqualSlices(u8, &.{ 0x55, 0x6A, 0xA5, 0x56, 0xAA }, &bytes);
}

test "4:2:2 of 10 bits gives the bytes of ST 2110-20 figure 3" {
    try testing.forEachLevel(checkFigure, .{});
}

test "convert() with groups on one side or both, and what it refuses" {
    const expectError = std.testing.expectError;
    var pixels: [2 * 4 * 4]u8 = undefined;
    for (&pixels, 0..) |*byte, i| byte.* = @intCast(i);
    var wire: [2 * 4 * 4]u8 = @splat(0);
    const uyvy: pixel.Picture = .{ .format = 5, .plane_offsets = @splat(0), .plane_strides_bytes = .{ 8, 0, 0 } };
    var group = uyvy;
    group.format = 256 + 8;
    var params: pixel.ConvertParams = .{
        .width = 4,
        .height = 4,
        .matrix = .bt709,
        .range = .narrow,
        .row_start = 1,
        .row_count = 2,
        .target = group,
        .source = uyvy,
    };
    try pixel.convert(&wire, &pixels, params);
    try std.testing.expectEqualSlices(u8, &(@as([8]u8, @splat(0)) ++ pixels[8..24].* ++ @as([8]u8, @splat(0))), &wire);
    var copy: [2 * 4 * 4]u8 = @splat(untouched);
    params.source = group;
    params.row_start = 2;
    try pixel.convert(&copy, &wire, params);
    try std.testing.expectEqualSlices(u8, &(@as([16]u8, @splat(untouched)) ++ wire[16..].*), &copy);
    params.target = uyvy;
    try pixel.convert(&copy, &wire, params);
    params.row_start = 4;
    params.row_count = 0;
    try pixel.convert(&copy, &wire, params);
    try expectError(error.OutOfRange, pixel.convert(copy[0..31], &wire, params));
    try expectError(error.OutOfRange, pixel.convert(&copy, wire[0..31], params));
    params.width = 2;
    // Another depth, another sampling, no such group, no such sampling, no such depth.
    for ([_]u32{ 256 + 10, 2 * 256 + 8, 5 * 256 + 8, 7 * 256 + 8, 256 + 9 }) |format| {
        params.source.format = format;
        try expectError(error.InvalidArgument, pixel.convert(&copy, &wire, params));
        params.target = group;
        try expectError(error.InvalidArgument, pixel.convert(&copy, &wire, params));
        params.target = uyvy;
    }
    // 4:2:0 only in pairs of rows.
    params.source.format = 3 * 256 + 8;
    params.target = params.source;
    params.row_start = 1;
    params.row_count = 2;
    try expectError(error.OutOfRange, pixel.convert(&copy, &wire, params));
    params.row_start = 0;
    params.height = 3;
    try expectError(error.OutOfRange, pixel.convert(&copy, &wire, params));
}
