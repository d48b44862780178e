//! Our pixel formats to pixel groups and back, without loss: each format has the one group with its sampling and depth.
//!
//!     uyvy8                4:2:2,  8 bits   the same bytes
//!     v210, yuv422p10le    4:2:2, 10 bits
//!     yuv444p10le          4:4:4, 10 bits
//!     i420, nv12           4:2:0,  8 bits
//!     rgba8, bgra8         RGB,    8 bits   alpha is left out, and 255 when read
//!
//! For other groups (12 and 16 bits, RGB of 10 bits, key, XYZ) there is no pixel format yet; they stay groups.
//!
//! Plain code for every CPU. Samples wider than 10 bits in a u16 lose their upper bits.

const std = @import("std");
const job = @import("../pixel/job.zig");
const pgroup = @import("pgroup.zig");

const Pgroup = pgroup.Pgroup;

/// Pixels in memory, plane by plane; those that a format lacks are not looked at.
pub const Planes = struct {
    format: job.Format,
    /// From the first byte of the first row.
    data: [3][]u8,
    strides_bytes: [3]u32,
};

/// Groups in memory; in 4:2:0 a row of them is two of pixels.
pub const Groups = struct {
    data: []u8,
    stride_bytes: u32,
};

pub const Error = error{
    /// Width or height is 0, or odd where chroma is halved.
    BadSize,
    /// A row lies outside of its buffer, or a stride is shorter than a row.
    OutOfRange,
};

pub fn samplingOf(format: job.Format) pgroup.Sampling {
    return switch (job.samplingOf(format)) {
        .c422 => .ycbcr_422,
        .c444 => .ycbcr_444,
        .c420 => .ycbcr_420,
        .rgb => .rgb,
    };
}

pub fn depthOf(format: job.Format) pgroup.Depth {
    return if (job.depthOf(format) == 8) .bits_8 else .bits_10;
}

pub fn groupOf(format: job.Format) Pgroup {
    return Pgroup.of(samplingOf(format), depthOf(format)).?;
}

/// Makes groups of pixels, from the group row `row_start` on.
pub fn pack(to: Groups, from: Planes, width: u32, height: u32, row_start: u32, row_count: u32) Error!void {
    try check(to, from, width, height, row_start, row_count);
    for (row_start..row_start + row_count) |row| packRow(groupRow(to, from.format, row, width), from, row, width);
}

/// Makes pixels of groups, from the group row `row_start` on.
pub fn unpack(to: Planes, from: Groups, width: u32, height: u32, row_start: u32, row_count: u32) Error!void {
    try check(from, to, width, height, row_start, row_count);
    for (row_start..row_start + row_count) |row| unpackRow(to, groupRow(from, to.format, row, width), row, width);
}

fn check(groups: Groups, planes: Planes, width: u32, height: u32, row_start: u32, row_count: u32) Error!void {
    const sampling = job.samplingOf(planes.format);
    const group = groupOf(planes.format);
    const halved = sampling == .c422 or sampling == .c420;
    if (width == 0 or height == 0 or (halved and width % 2 != 0) or height % group.rows != 0) return error.BadSize;
    const rows = height / group.rows;
    if (row_start > rows or row_count > rows - row_start) return error.OutOfRange;
    try checkRows(groups.data, groups.stride_bytes, group.rowBytes(width), rows);
    for (0..3) |plane| {
        const row_bytes = planeRowBytes(planes.format, plane, width) orelse continue;
        const plane_rows = if (plane > 0 and sampling == .c420) height / 2 else height;
        try checkRows(planes.data[plane], planes.strides_bytes[plane], row_bytes, plane_rows);
    }
}

fn checkRows(data: []const u8, stride_bytes: u32, row_bytes: u32, rows: u32) Error!void {
    if (stride_bytes < row_bytes) return error.OutOfRange;
    if (@as(u64, rows - 1) * stride_bytes + row_bytes > data.len) return error.OutOfRange;
}

fn planeRowBytes(format: job.Format, plane: usize, width: u32) ?u32 {
    const first = plane == 0;
    return switch (format) {
        .rgba8, .bgra8 => if (first) 4 * width else null,
        .uyvy8 => if (first) 2 * width else null,
        .v210 => if (first) (width + 5) / 6 * 16 else null,
        .nv12 => if (plane < 2) width else null,
        .i420 => if (first) width else width / 2,
        .yuv422p10le => if (first) 2 * width else width,
        .yuv444p10le => 2 * width,
    };
}

fn groupRow(groups: Groups, format: job.Format, row: usize, width: u32) []u8 {
    return groups.data[row * groups.stride_bytes ..][0..groupOf(format).rowBytes(width)];
}

fn planeRow(planes: Planes, plane: usize, row: usize, width: u32) []u8 {
    const start = row * planes.strides_bytes[plane];
    return planes.data[plane][start..][0..planeRowBytes(planes.format, plane, width).?];
}

fn packRow(to: []u8, from: Planes, row: usize, width: u32) void {
    switch (from.format) {
        .uyvy8 => @memcpy(to, planeRow(from, 0, row, width)),
        .v210 => packV210(to, planeRow(from, 0, row, width)),
        .yuv422p10le => {
            const luma = planeRow(from, 0, row, width);
            const cb = planeRow(from, 1, row, width);
            const cr = planeRow(from, 2, row, width);
            for (0..width / 2) |i| {
                putFour(to[i * 5 ..][0..5], .{ get(cb, i), get(luma, 2 * i), get(cr, i), get(luma, 2 * i + 1) });
            }
        },
        .yuv444p10le => packWide(to, .{
            planeRow(from, 1, row, width),
            planeRow(from, 0, row, width),
            planeRow(from, 2, row, width),
        }, width),
        .rgba8, .bgra8 => {
            const pixels = planeRow(from, 0, row, width);
            const red: usize = if (from.format == .rgba8) 0 else 2;
            for (0..width) |x| {
                to[x * 3 ..][0..3].* = .{ pixels[x * 4 + red], pixels[x * 4 + 1], pixels[x * 4 + 2 - red] };
            }
        },
        .i420, .nv12 => {
            const chroma = chromaRow(from, row, width);
            const upper = planeRow(from, 0, row * 2, width);
            const lower = planeRow(from, 0, row * 2 + 1, width);
            for (0..width / 2) |i| {
                const cb, const cr = .{ chroma.cb[i * chroma.step], chroma.cr[i * chroma.step] };
                to[i * 6 ..][0..6].* =
                    .{ upper[2 * i], upper[2 * i + 1], lower[2 * i], lower[2 * i + 1], cb, cr };
            }
        },
    }
}

fn unpackRow(to: Planes, from: []const u8, row: usize, width: u32) void {
    switch (to.format) {
        .uyvy8 => @memcpy(planeRow(to, 0, row, width), from),
        .v210 => unpackV210(planeRow(to, 0, row, width), from),
        .yuv422p10le => {
            const luma = planeRow(to, 0, row, width);
            const cb = planeRow(to, 1, row, width);
            const cr = planeRow(to, 2, row, width);
            for (0..width / 2) |i| {
                const samples = getFour(from[i * 5 ..][0..5]);
                put(cb, i, samples[0]);
                put(luma, 2 * i, samples[1]);
                put(cr, i, samples[2]);
                put(luma, 2 * i + 1, samples[3]);
            }
        },
        .yuv444p10le => unpackWide(.{
            planeRow(to, 1, row, width),
            planeRow(to, 0, row, width),
            planeRow(to, 2, row, width),
        }, from, width),
        .rgba8, .bgra8 => {
            const pixels = planeRow(to, 0, row, width);
            const red: usize = if (to.format == .rgba8) 0 else 2;
            for (0..width) |x| {
                pixels[x * 4 ..][0..4].* = .{ from[x * 3 + red], from[x * 3 + 1], from[x * 3 + 2 - red], 255 };
            }
        },
        .i420, .nv12 => {
            const chroma = chromaRow(to, row, width);
            const upper = planeRow(to, 0, row * 2, width);
            const lower = planeRow(to, 0, row * 2 + 1, width);
            for (0..width / 2) |i| {
                const samples = from[i * 6 ..][0..6];
                upper[2 * i ..][0..2].* = samples[0..2].*;
                lower[2 * i ..][0..2].* = samples[2..4].*;
                chroma.cb[i * chroma.step] = samples[4];
                chroma.cr[i * chroma.step] = samples[5];
            }
        },
    }
}

const Chroma = struct { cb: []u8, cr: []u8, step: usize };

fn chromaRow(planes: Planes, row: usize, width: u32) Chroma {
    const first = planeRow(planes, 1, row, width);
    if (planes.format == .nv12) return .{ .cb = first, .cr = first[1..], .step = 2 };
    return .{ .cb = first, .cr = planeRow(planes, 2, row, width), .step = 1 };
}

/// Four samples of 10 bits in 5 bytes.
fn getFour(bytes: *const [5]u8) [4]u16 {
    const word: u64 = std.mem.readInt(u40, bytes, .big);
    return .{
        @intCast(word >> 30),
        @intCast(word >> 20 & 0x3FF),
        @intCast(word >> 10 & 0x3FF),
        @intCast(word & 0x3FF),
    };
}

fn putFour(bytes: *[5]u8, samples: [4]u16) void {
    var word: u64 = 0;
    for (samples) |sample| word = word << 10 | (sample & 0x3FF);
    std.mem.writeInt(u40, bytes, @intCast(word), .big);
}

fn get(row: []const u8, index: usize) u16 {
    return std.mem.readInt(u16, row[index * 2 ..][0..2], .little);
}

fn put(row: []u8, index: usize, sample: u16) void {
    std.mem.writeInt(u16, row[index * 2 ..][0..2], sample, .little);
}

/// Both are one stream of samples in the same order: twelve in 16 bytes of v210 are three groups.
fn packV210(to: []u8, from: []const u8) void {
    var group: usize = 0;
    for (0..from.len / 16) |block| {
        var samples: [12]u16 = undefined;
        for (0..4) |i| {
            const word = std.mem.readInt(u32, from[block * 16 + i * 4 ..][0..4], .little);
            samples[i * 3 ..][0..3].* = .{ @truncate(word), @truncate(word >> 10), @truncate(word >> 20) };
        }
        for (0..3) |i| {
            if (group == to.len / 5) return;
            putFour(to[group * 5 ..][0..5], samples[i * 4 ..][0..4].*);
            group += 1;
        }
    }
}

fn unpackV210(to: []u8, from: []const u8) void {
    var group: usize = 0;
    for (0..to.len / 16) |block| {
        var samples: [12]u16 = @splat(0);
        for (0..3) |i| {
            if (group == from.len / 5) break;
            samples[i * 4 ..][0..4].* = getFour(from[group * 5 ..][0..5]);
            group += 1;
        }
        for (0..4) |i| {
            const word = samples[i * 3] | @as(u32, samples[i * 3 + 1]) << 10 | @as(u32, samples[i * 3 + 2]) << 20;
            std.mem.writeInt(u32, to[block * 16 + i * 4 ..][0..4], word, .little);
        }
    }
}

/// Three components of four pixels in 15 bytes.
fn packWide(to: []u8, from: [3][]const u8, width: u32) void {
    for (0..to.len / 15) |group| {
        var samples: [12]u16 = @splat(0);
        for (0..@min(4, width - group * 4)) |i| {
            for (0..3) |component| samples[i * 3 + component] = get(from[component], group * 4 + i);
        }
        for (0..3) |i| putFour(to[group * 15 + i * 5 ..][0..5], samples[i * 4 ..][0..4].*);
    }
}

fn unpackWide(to: [3][]u8, from: []const u8, width: u32) void {
    for (0..from.len / 15) |group| {
        var samples: [12]u16 = undefined;
        for (0..3) |i| samples[i * 4 ..][0..4].* = getFour(from[group * 15 + i * 5 ..][0..5]);
        for (0..@min(4, width - group * 4)) |i| {
            for (0..3) |component| put(to[component], group * 4 + i, samples[i * 3 + component]);
        }
    }
}

const expectEqualSlices = std.testing.expectEqualSlices;

test "4:2:2 of 10 bits gives the bytes of ST 2110-20 figure 3" {
    var bytes: [5]u8 = undefined;
    putFour(&bytes, .{ 0x155, 0x2AA, 0x155, 0x2AA });
    try expectEqualSlices(u8, &.{ 0x55, 0x6A, 0xA5, 0x56, 0xAA }, &bytes);
    putFour(&bytes, .{ 0x3FF, 0, 0x3FF, 0 });
    try expectEqualSlices(u8, &.{ 0xFF, 0xC0, 0x0F, 0xFC, 0 }, &bytes);
    try std.testing.expectEqual([4]u16{ 0x3FF, 0, 0x3FF, 0 }, getFour(&bytes));
}

/// Reads one component of one pixel in the plainest way. Components are R G B or Y Cb Cr.
fn sampleOf(planes: Planes, component: usize, x: usize, y: usize) u16 {
    const plane_0 = planes.data[0][y * planes.strides_bytes[0] ..];
    switch (planes.format) {
        .rgba8 => return plane_0[x * 4 + component],
        .bgra8 => return plane_0[x * 4 + 2 - component],
        .uyvy8 => return plane_0[x / 2 * 4 + ([3]usize{ 1 + x % 2 * 2, 0, 2 })[component]],
        .v210 => {
            const index = x / 2 * 4 + ([3]usize{ 1 + x % 2 * 2, 0, 2 })[component];
            const word = std.mem.readInt(u32, plane_0[index / 3 * 4 ..][0..4], .little);
            return @truncate(word >> @intCast(index % 3 * 10) & 0x3FF);
        },
        .yuv422p10le, .yuv444p10le => {
            const narrow = component > 0 and planes.format == .yuv422p10le;
            const row = planes.data[component][y * planes.strides_bytes[component] ..];
            return std.mem.readInt(u16, row[(if (narrow) x / 2 else x) * 2 ..][0..2], .little);
        },
        .i420 => {
            if (component == 0) return plane_0[x];
            return planes.data[component][y / 2 * planes.strides_bytes[component] + x / 2];
        },
        .nv12 => {
            if (component == 0) return plane_0[x];
            return planes.data[1][y / 2 * planes.strides_bytes[1] + x / 2 * 2 + component - 1];
        },
    }
}

const BitWriter = struct {
    bytes: []u8,
    position: usize = 0,

    fn write(self: *BitWriter, value: u16, bits: u5) void {
        for (0..bits) |i| {
            const one: u8 = @truncate(value >> @intCast(bits - 1 - i) & 1);
            self.bytes[self.position / 8] |= one << @intCast(7 - self.position % 8);
            self.position += 1;
        }
    }
};

/// The groups of a picture, bit by bit.
fn reference(target: []u8, planes: Planes, width: usize, height: usize) void {
    @memset(target, 0);
    const group = groupOf(planes.format);
    const bits = depthOf(planes.format).bits();
    var writer: BitWriter = .{ .bytes = target };
    for (0..height / group.rows) |row| {
        writer.position = row * group.rowBytes(@intCast(width)) * 8;
        var x: usize = 0;
        while (x < width) : (x += if (group.columns == 4) 1 else group.columns) {
            switch (samplingOf(planes.format)) {
                .ycbcr_422 => for ([_][2]usize{ .{ 1, 0 }, .{ 0, 0 }, .{ 2, 0 }, .{ 0, 1 } }) |one| {
                    writer.write(sampleOf(planes, one[0], x + one[1], row), bits);
                },
                .ycbcr_444 => for ([_]usize{ 1, 0, 2 }) |one| writer.write(sampleOf(planes, one, x, row), bits),
                .rgb => for (0..3) |one| writer.write(sampleOf(planes, one, x, row), bits),
                .ycbcr_420 => {
                    for (0..4) |i| writer.write(sampleOf(planes, 0, x + i % 2, row * 2 + i / 2), bits);
                    for (1..3) |one| writer.write(sampleOf(planes, one, x, row * 2), bits);
                },
                .xyz, .key => unreachable,
            }
        }
    }
}

test "every format to groups and back, against one bit after the other" {
    var random_state = std.Random.DefaultPrng.init(4175);
    const random = random_state.random();
    for (std.enums.values(job.Format)) |format| {
        for ([_][2]u32{ .{ 2, 2 }, .{ 4, 2 }, .{ 6, 4 }, .{ 10, 2 }, .{ 46, 6 }, .{ 190, 2 } }) |size| {
            errdefer std.debug.print("{t} {d}x{d}\n", .{ format, size[0], size[1] });
            try roundTrip(random, format, size[0], size[1]);
        }
    }
}

fn roundTrip(random: std.Random, format: job.Format, width: u32, height: u32) !void {
    var source_bytes: [3][4096]u8 = undefined;
    var target_bytes: [3][4096]u8 = undefined;
    var source: Planes = .{ .format = format, .data = undefined, .strides_bytes = undefined };
    var target: Planes = .{ .format = format, .data = undefined, .strides_bytes = undefined };
    const ten_bits = job.depthOf(format) == 10 and format != .v210;
    for (0..3) |plane| {
        source.data[plane] = &source_bytes[plane];
        target.data[plane] = &target_bytes[plane];
        const row_bytes = planeRowBytes(format, plane, width) orelse 0;
        source.strides_bytes[plane] = row_bytes + 6;
        target.strides_bytes[plane] = row_bytes + 2;
        random.bytes(&source_bytes[plane]);
        if (ten_bits) {
            for (0..2048) |i| source_bytes[plane][i * 2 + 1] &= 3;
        }
    }
    const group = groupOf(format);
    const row_bytes = group.rowBytes(width);
    const rows = height / group.rows;
    var expected: [4096]u8 = undefined;
    var groups_bytes: [4096]u8 = undefined;
    reference(expected[0 .. row_bytes * rows], source, width, height);
    const groups: Groups = .{ .data = groups_bytes[0 .. row_bytes * rows], .stride_bytes = row_bytes };
    try pack(groups, source, width, height, 0, rows - 1);
    try pack(groups, source, width, height, rows - 1, 1);
    try expectEqualSlices(u8, expected[0 .. row_bytes * rows], groups.data);
    try unpack(target, groups, width, height, 0, rows);
    for (0..height) |y| for (0..width) |x| for (0..3) |component| {
        try std.testing.expectEqual(sampleOf(source, component, x, y), sampleOf(target, component, x, y));
    };
    if (job.samplingOf(format) == .rgb) try std.testing.expectEqual(@as(u8, 255), target.data[0][3]);
    // Exactly what is needed is enough, one byte less is not.
    for (0..3) |plane| {
        const plane_bytes = planeRowBytes(format, plane, width) orelse continue;
        const plane_rows = if (plane > 0 and group.rows == 2) height / 2 else height;
        const needed = (plane_rows - 1) * target.strides_bytes[plane] + plane_bytes;
        var short = target;
        short.data[plane] = target.data[plane][0..needed];
        try unpack(short, groups, width, height, 0, rows);
        short.data[plane] = target.data[plane][0 .. needed - 1];
        try std.testing.expectError(error.OutOfRange, unpack(short, groups, width, height, 0, rows));
    }
    const short: Groups = .{ .data = groups.data[0 .. groups.data.len - 1], .stride_bytes = row_bytes };
    try std.testing.expectError(error.OutOfRange, pack(short, source, width, height, 0, rows));
    const narrow: Groups = .{ .data = groups.data, .stride_bytes = row_bytes - 1 };
    try std.testing.expectError(error.OutOfRange, pack(narrow, source, width, height, 0, rows));
    try std.testing.expectError(error.OutOfRange, pack(groups, source, width, height, 1, rows));
    try std.testing.expectError(error.BadSize, pack(groups, source, 0, height, 0, rows));
}
