//! Pixels to the pixel groups of ST 2110-20 and back, between formats of one sampling and depth: only bits are moved.
//!
//! A row is done in steps of as many columns as fill the CPU's vectors. Lanes are read and written whole, so a step
//! touches a few bytes of the next one; the last steps of a row are exact instead. Where a row is no whole number of
//! steps, its last step is done once more from further left, and where that cannot be, in a copy.

const std = @import("std");
const job = @import("job.zig");
const lane = @import("kernel_lanes.zig");

const Bytes = lane.Bytes;
const Doubles = lane.Doubles;
const Lane = lane.Lane;
const Order = lane.Order;
const Reach = lane.Reach;
const Samples = lane.Samples;
const Words = lane.Words;
const gather = lane.gather;
const lane_bytes = lane.lane_bytes;
const lanes = lane.lanes;
const load = lane.load;
const pick = lane.pick;
const read = lane.read;
const spread = lane.spread;
const store = lane.store;
const storeExact = lane.storeExact;
const ten_bits = lane.ten_bits;
const write = lane.write;

/// How many bytes so many columns of a row take.
const Line = struct {
    columns: usize,
    bytes: usize,

    fn bytesOf(comptime self: Line, columns: usize) usize {
        return (columns + self.columns - 1) / self.columns * self.bytes;
    }
};

pub fn pack(work: *const job.Groups) callconv(.c) void {
    switch (work.pixels.format) {
        .uyvy8 => copyRows(work, .pack),
        .v210 => packRows(V210, work),
        .yuv422p10le => packRows(Planar422, work),
        .yuv444p10le => packRows(Planar444, work),
        .rgba8 => packRows(Rgb(.{ 0, 1, 2 }), work),
        .bgra8 => packRows(Rgb(.{ 2, 1, 0 }), work),
        .i420 => packRows(I420, work),
        .nv12 => packRows(Nv12, work),
    }
}

pub fn unpack(work: *const job.Groups) callconv(.c) void {
    switch (work.pixels.format) {
        .uyvy8 => copyRows(work, .unpack),
        .v210 => unpackRows(V210, work),
        .yuv422p10le => unpackRows(Planar422, work),
        .yuv444p10le => unpackRows(Planar444, work),
        .rgba8 => unpackRows(Rgb(.{ 0, 1, 2 }), work),
        .bgra8 => unpackRows(Rgb(.{ 2, 1, 0 }), work),
        .i420 => unpackRows(I420, work),
        .nv12 => unpackRows(Nv12, work),
    }
}

// --- rows ---

fn copyRows(work: *const job.Groups, comptime direction: enum { pack, unpack }) void {
    const row_bytes = 2 * work.width;
    for (0..work.row_count) |i| {
        const groups = work.groups + i * work.groups_stride_bytes;
        const pixels = work.pixels.planes[0] + (work.row_start + i) * work.pixels.strides_bytes[0];
        const target, const source = if (direction == .pack) .{ groups, pixels } else .{ pixels, groups };
        @memcpy(target[0..row_bytes], source[0..row_bytes]);
    }
}

/// Where the lines of group row `row` begin.
fn linesOf(comptime Step: type, picture: *const job.Picture, row: usize) [Step.lines.len][*]u8 {
    var result: [Step.lines.len][*]u8 = undefined;
    inline for (&result, Step.planes) |*line, place| {
        const y = if (place.rows == 2) 2 * row + place.row else row;
        line.* = picture.planes[place.plane] + y * picture.strides_bytes[place.plane];
    }
    return result;
}

/// Which row of which plane a line is. In 4:2:0 two rows of luma belong to one of groups.
const Place = struct { plane: usize, row: usize = 0, rows: usize = 1 };

fn packRows(comptime Step: type, work: *const job.Groups) void {
    for (0..work.row_count) |i| {
        const target = work.groups + i * work.groups_stride_bytes;
        const sources = linesOf(Step, &work.pixels, work.row_start + i);
        var column: usize = 0;
        while (column + Step.columns + Step.overhang <= work.width) : (column += Step.columns) {
            Step.pack(.over, target + at(Step.groups, column), moved(Step, sources, column));
        }
        while (column < work.width) : (column += Step.columns) {
            const rest = work.width - column;
            const start = if (rest < Step.columns) lastStep(Step, work.width) orelse {
                packRest(Step, target + at(Step.groups, column), moved(Step, sources, column), rest);
                break;
            } else column;
            Step.pack(.exact, target + at(Step.groups, start), moved(Step, sources, start));
        }
    }
}

fn unpackRows(comptime Step: type, work: *const job.Groups) void {
    for (0..work.row_count) |i| {
        const source = work.groups + i * work.groups_stride_bytes;
        const targets = linesOf(Step, &work.pixels, work.row_start + i);
        var column: usize = 0;
        while (column + Step.columns + Step.overhang <= work.width) : (column += Step.columns) {
            Step.unpack(.over, moved(Step, targets, column), source + at(Step.groups, column));
        }
        while (column < work.width) : (column += Step.columns) {
            const rest = work.width - column;
            const start = if (rest < Step.columns) lastStep(Step, work.width) orelse {
                unpackRest(Step, moved(Step, targets, column), source + at(Step.groups, column), rest);
                break;
            } else column;
            Step.unpack(.exact, moved(Step, targets, start), source + at(Step.groups, start));
        }
    }
}

/// Where the step begins that ends with the row; null if none can.
fn lastStep(comptime Step: type, width: usize) ?usize {
    return if (width >= Step.columns and width % Step.first_columns == 0) width - Step.columns else null;
}

fn at(comptime line: Line, column: usize) usize {
    return column / line.columns * line.bytes;
}

fn moved(comptime Step: type, lines: [Step.lines.len][*]u8, column: usize) [Step.lines.len][*]u8 {
    var result = lines;
    inline for (&result, Step.lines) |*pointer, line| pointer.* += at(line, column);
    return result;
}

/// A step in a copy, because the row has fewer columns left.
fn packRest(comptime Step: type, target: [*]u8, sources: [Step.lines.len][*]u8, columns: usize) void {
    var copies: [Step.lines.len][rest_bytes_max]u8 = @splat(@splat(0));
    var pointers: [Step.lines.len][*]u8 = undefined;
    inline for (&copies, sources, Step.lines, &pointers) |*copy, source, line, *pointer| {
        const count = line.bytesOf(columns);
        @memcpy(copy[0..count], source[0..count]);
        pointer.* = copy;
    }
    var groups: [rest_bytes_max]u8 = undefined;
    Step.pack(.exact, &groups, pointers);
    const count = Step.groups.bytesOf(columns);
    @memcpy(target[0..count], groups[0..count]);
}

fn unpackRest(comptime Step: type, targets: [Step.lines.len][*]u8, source: [*]const u8, columns: usize) void {
    var groups: [rest_bytes_max]u8 = @splat(0);
    const group_bytes = Step.groups.bytesOf(columns);
    @memcpy(groups[0..group_bytes], source[0..group_bytes]);
    var copies: [Step.lines.len][rest_bytes_max]u8 = undefined;
    var pointers: [Step.lines.len][*]u8 = undefined;
    inline for (&copies, &pointers) |*copy, *pointer| pointer.* = copy;
    Step.unpack(.exact, pointers, &groups);
    inline for (&copies, targets, Step.lines) |*copy, target, line| {
        const count = line.bytesOf(columns);
        @memcpy(target[0..count], copy[0..count]);
    }
}

/// More than a step of any format has in any line.
const rest_bytes_max = lanes * 64;

// --- formats: each is one step ---
//
// `columns` are those of a step. `overhang` is how many more the row must have for a step to touch a few bytes over its
// end (`Reach.over`). A step begins at a multiple of `first_columns`. `groups` and `lines` are the bytes of each side,
// and `planes` where the lines lie.

fn wordMask(comptime places: fn (start: i32) [4]i32) [lanes * 4]i32 {
    var mask: [lanes * 4]i32 = undefined;
    for (0..lanes) |i| mask[i * 4 ..][0..4].* = places(@intCast(i * 4));
    return mask;
}

/// Two groups of 4:2:2 in 10 bytes: Cb Y Cr Y Cb Y Cr Y. A step has two vectors, whose lanes alternate, so that words
/// come together without a move between lanes.
const Planar422 = struct {
    const columns = 8 * lanes;
    const overhang = 4;
    const first_columns = 2;
    const groups: Line = .{ .columns = 2, .bytes = 5 };
    const lines = [3]Line{
        .{ .columns = 1, .bytes = 2 },
        .{ .columns = 2, .bytes = 2 },
        .{ .columns = 2, .bytes = 2 },
    };
    const planes = [3]Place{ .{ .plane = 0 }, .{ .plane = 1 }, .{ .plane = 2 } };
    const Half = @Vector(lanes * 4, u16);

    inline fn pack(comptime reach: Reach, target: [*]u8, sources: [3][*]u8) void {
        const luma = read(Samples, sources[0]);
        const cb = read(Half, sources[1]);
        const cr = read(Half, sources[2]);
        const chroma = std.simd.interlace([2]Half{ cb, cr });
        const order: Order = .{ 0, 1, 2, 3, 4, 5, 6, 7 };
        const first = gather(order, @shuffle(u16, chroma, luma, interlaceMask(0)) & ten_bits);
        const second = gather(order, @shuffle(u16, chroma, luma, interlaceMask(4)) & ten_bits);
        // In the order of the addresses: each lane runs into the next.
        inline for (0..lanes) |i| {
            write(target + i * 20, std.simd.extract(first, i * lane_bytes, lane_bytes));
            const part = std.simd.extract(second, i * lane_bytes, lane_bytes);
            const bytes = target + i * 20 + 10;
            if (reach == .exact and i == lanes - 1) storeExact(10, bytes, part) else write(bytes, part);
        }
    }

    /// In each lane four of the first vector's samples from `start` on, and four of the second's between them.
    fn interlaceMask(comptime start: i32) [lanes * 8]i32 {
        var mask: [lanes * 8]i32 = undefined;
        for (&mask, 0..) |*one, i| {
            const place: i32 = @intCast(i - i % 8 + i % 8 / 2);
            one.* = if (i % 2 == 0) place + start else ~(place + start);
        }
        return mask;
    }

    inline fn unpack(comptime reach: Reach, targets: [3][*]u8, source: [*]const u8) void {
        const order: Order = .{ 0, 4, 2, 6, 1, 3, 5, 7 };
        const first: Words = @bitCast(spread(order, load(.over, 10, 20, source)));
        const second: Words = @bitCast(spread(order, load(reach, 10, 20, source + 10)));
        const luma = @shuffle(u32, first, second, wordMask(struct {
            fn places(start: i32) [4]i32 {
                return .{ start + 2, start + 3, ~(start + 2), ~(start + 3) };
            }
        }.places));
        // Both chroma: Cb of a lane, then Cr.
        const chroma: Doubles = @bitCast(@shuffle(u32, first, second, wordMask(struct {
            fn places(start: i32) [4]i32 {
                return .{ start, ~start, start + 1, ~(start + 1) };
            }
        }.places)));
        const parts = std.simd.deinterlace(2, chroma);
        write(targets[0], luma);
        write(targets[1], parts[0]);
        write(targets[2], parts[1]);
    }
};

/// Twelve samples of 4:2:2 in 15 bytes, and in four words of v210. Both are one stream of samples in the same order.
const V210 = struct {
    const columns = 6 * lanes;
    const overhang = 2;
    const first_columns = 6;
    const groups: Line = .{ .columns = 2, .bytes = 5 };
    const lines = [1]Line{.{ .columns = 6, .bytes = 16 }};
    const planes = [1]Place{.{ .plane = 0 }};
    /// The first and the last sample of each word, and the one in the middle.
    const outer: Order = .{ 0, 2, 3, 5, 6, 8, 9, 11 };
    const middle: Order = .{ 1, null, 4, null, 7, null, 10, null };

    inline fn pack(comptime reach: Reach, target: [*]u8, sources: [1][*]u8) void {
        const words = read(Words, sources[0]);
        const low = words & @as(Words, @splat(0x3FF));
        const high = words >> @splat(4) & @as(Words, @splat(0x3FF_0000));
        const between = words >> @splat(10) & @as(Words, @splat(0x3FF));
        store(reach, 15, 15, target, gather(outer, @bitCast(low | high)) | gather(middle, @bitCast(between)));
    }

    inline fn unpack(comptime reach: Reach, targets: [1][*]u8, source: [*]const u8) void {
        const bytes = load(reach, 15, 15, source);
        const places: @Vector(lanes * 8, u4) = comptime std.simd.repeat(lanes * 8, [2]u4{ 0, 4 });
        const ends: Words = @bitCast(spread(outer, bytes) << places);
        const between: Words = @bitCast(spread(middle, bytes));
        write(targets[0], ends | between << @splat(10));
    }
};

/// Four pixels of 4:4:4 in 15 bytes: Cb Y Cr of each.
const Planar444 = struct {
    const columns = 4 * lanes;
    const overhang = 4;
    const first_columns = 4;
    const groups: Line = .{ .columns = 4, .bytes = 15 };
    const lines: [3]Line = @splat(.{ .columns = 1, .bytes = 2 });
    const planes = [3]Place{ .{ .plane = 0 }, .{ .plane = 1 }, .{ .plane = 2 } };
    const chroma: Order = .{ 0, 3, 6, 9, 2, 5, 8, 11 };
    const luma: Order = .{ 1, 4, 7, 10, null, null, null, null };
    const Part = @Vector(lanes, u64);

    inline fn pack(comptime reach: Reach, target: [*]u8, sources: [3][*]u8) void {
        const parts = [3]Part{
            read(Part, sources[0]),
            read(Part, sources[1]),
            read(Part, sources[2]),
        };
        const y: Samples = @bitCast(std.simd.interlace([2]Part{ parts[0], @splat(0) }));
        const c: Samples = @bitCast(std.simd.interlace([2]Part{ parts[1], parts[2] }));
        store(reach, 15, 15, target, gather(luma, y & ten_bits) | gather(chroma, c & ten_bits));
    }

    inline fn unpack(comptime reach: Reach, targets: [3][*]u8, source: [*]const u8) void {
        const bytes = load(reach, 15, 15, source);
        const y: Doubles = @bitCast(spread(luma, bytes));
        const c: Doubles = @bitCast(spread(chroma, bytes));
        const parts = std.simd.deinterlace(2, c);
        write(targets[0], std.simd.deinterlace(2, y)[0]);
        write(targets[1], parts[0]);
        write(targets[2], parts[1]);
    }
};

/// Four pixels of three bytes, and of four with alpha. `order` is where R, G and B lie in a pixel.
fn Rgb(comptime order: [3]u4) type {
    return struct {
        const columns = 4 * lanes;
        const overhang = 2;
        const first_columns = 1;
        const groups: Line = .{ .columns = 1, .bytes = 3 };
        const lines = [1]Line{.{ .columns = 1, .bytes = 4 }};
        const planes = [1]Place{.{ .plane = 0 }};

        inline fn pack(comptime reach: Reach, target: [*]u8, sources: [1][*]u8) void {
            comptime var places: [lane_bytes]?u4 = @splat(null);
            comptime for (places[0..12], 0..) |*place, i| {
                place.* = i / 3 * 4 + order[i % 3];
            };
            store(reach, 12, 12, target, pick(read(Bytes, sources[0]), places));
        }

        inline fn unpack(comptime reach: Reach, targets: [1][*]u8, source: [*]const u8) void {
            comptime var places: [lane_bytes]?u4 = @splat(null);
            comptime for (0..12) |i| {
                places[i / 3 * 4 + order[i % 3]] = i;
            };
            const colors: Words = @bitCast(pick(load(reach, 12, 12, source), places));
            write(targets[0], colors | @as(Words, @splat(0xFF00_0000)));
        }
    };
}

/// Eight squares of 4:2:0 in three lanes, each Y Y of the upper row, Y Y of the lower one, Cb Cr.
const squares = struct {
    const groups: Line = .{ .columns = 2, .bytes = 6 };
    const columns = 16;

    inline fn pack(target: [*]u8, upper: Lane, lower: Lane, chroma: Lane) void {
        inline for (0..3) |i| {
            write(target + i * lane_bytes, mix(.{ upper, lower, chroma }, comptime packPlaces(i)));
        }
    }

    /// Of the parts Y, Y and Cb Cr, which have two bytes in each group.
    fn packPlaces(comptime part: usize) [3][lane_bytes]?u4 {
        var places: [3][lane_bytes]?u4 = @splat(@splat(null));
        for (0..lane_bytes) |i| {
            const byte = part * lane_bytes + i;
            places[byte % 6 / 2][i] = @intCast(byte / 6 * 2 + byte % 2);
        }
        return places;
    }

    inline fn unpack(source: [*]const u8, comptime part: usize) Lane {
        comptime var places: [3][lane_bytes]?u4 = @splat(@splat(null));
        comptime for (0..lane_bytes) |i| {
            const byte = i / 2 * 6 + part * 2 + i % 2;
            places[byte / lane_bytes][i] = byte % lane_bytes;
        };
        return mix(.{ read(Lane, source), read(Lane, source + 16), read(Lane, source + 32) }, places);
    }

    inline fn mix(parts: [3]Lane, comptime places: [3][lane_bytes]?u4) Lane {
        var result: Lane = @splat(0);
        inline for (parts, places) |part, from| {
            comptime var mask: [lane_bytes]i32 = undefined;
            comptime for (&mask, from) |*one, place| {
                one.* = place orelse ~@as(i32, 0);
            };
            result |= @shuffle(u8, part, @as(Lane, @splat(0)), mask);
        }
        return result;
    }
};

const I420 = struct {
    const columns = squares.columns;
    const overhang = 0;
    const first_columns = 2;
    const groups = squares.groups;
    const lines = [4]Line{
        .{ .columns = 1, .bytes = 1 },
        .{ .columns = 1, .bytes = 1 },
        .{ .columns = 2, .bytes = 1 },
        .{ .columns = 2, .bytes = 1 },
    };
    const planes = [4]Place{
        .{ .plane = 0, .rows = 2 },
        .{ .plane = 0, .row = 1, .rows = 2 },
        .{ .plane = 1 },
        .{ .plane = 2 },
    };
    const Half = @Vector(8, u8);

    inline fn pack(comptime _: Reach, target: [*]u8, sources: [4][*]u8) void {
        const chroma = std.simd.interlace([2]Half{ read(Half, sources[2]), read(Half, sources[3]) });
        squares.pack(target, read(Lane, sources[0]), read(Lane, sources[1]), chroma);
    }

    inline fn unpack(comptime _: Reach, targets: [4][*]u8, source: [*]const u8) void {
        write(targets[0], squares.unpack(source, 0));
        write(targets[1], squares.unpack(source, 1));
        const chroma = std.simd.deinterlace(2, squares.unpack(source, 2));
        write(targets[2], chroma[0]);
        write(targets[3], chroma[1]);
    }
};

const Nv12 = struct {
    const columns = squares.columns;
    const overhang = 0;
    const first_columns = 2;
    const groups = squares.groups;
    const lines = [3]Line{
        .{ .columns = 1, .bytes = 1 },
        .{ .columns = 1, .bytes = 1 },
        .{ .columns = 2, .bytes = 2 },
    };
    const planes = [3]Place{ .{ .plane = 0, .rows = 2 }, .{ .plane = 0, .row = 1, .rows = 2 }, .{ .plane = 1 } };

    inline fn pack(comptime _: Reach, target: [*]u8, sources: [3][*]u8) void {
        squares.pack(target, read(Lane, sources[0]), read(Lane, sources[1]), read(Lane, sources[2]));
    }

    inline fn unpack(comptime _: Reach, targets: [3][*]u8, source: [*]const u8) void {
        inline for (targets, 0..) |target, part| write(target, squares.unpack(source, part));
    }
};
