//! What the tests of the kernels share: pictures that end at a page nobody may touch, and every CPU level in turn.

const std = @import("std");
const cpu = @import("cpu.zig");
const job = @import("job.zig");
const pixel = @import("../pixel.zig");
const system = @import("../platform.zig").system;

const page_bytes = 4096;

/// Bytes that end exactly where memory ends.
pub const Guarded = struct {
    mapping: []align(page_bytes) u8,
    bytes: []u8,

    pub fn init(count: usize) !Guarded {
        const room = std.mem.alignForward(usize, count, page_bytes);
        const mapping = try system.reserve(room + page_bytes);
        errdefer system.release(mapping);
        try system.forbid(@alignCast(mapping[room..]));
        return .{ .mapping = mapping, .bytes = mapping[room - count ..][0..count] };
    }

    pub fn deinit(self: Guarded) void {
        system.release(self.mapping);
    }
};

/// Calls `body` at every CPU level that this machine can run.
pub fn forEachLevel(comptime body: anytype, arguments: anytype) !void {
    const best = cpu.best();
    defer cpu.choose(best);
    for (cpu.levels) |one| {
        if (@backingInt(one) > @backingInt(best)) break;
        cpu.choose(one);
        errdefer std.debug.print("CPU level {t}\n", .{one});
        try @call(.auto, body, arguments);
    }
}

/// A picture in guarded memory.
pub const Test = struct {
    memory: Guarded,
    format: job.Format,
    picture: pixel.Picture,
    width: u32,
    height: u32,

    pub fn init(format: job.Format, width: u32, height: u32, row_padding: u32) !Test {
        var picture: pixel.Picture = .{
            .format = @backingInt(format),
            .plane_offsets = @splat(0),
            .plane_strides_bytes = @splat(0),
        };
        var bytes: u32 = 0;
        for (0..3) |plane| {
            const row_bytes: u32 = @intCast(pixel.planeRowBytes(format, plane, width) orelse break);
            const rows = if (plane > 0 and job.samplingOf(format) == .c420) height / 2 else height;
            picture.plane_offsets[plane] = bytes;
            picture.plane_strides_bytes[plane] = row_bytes + row_padding;
            bytes += (rows - 1) * (row_bytes + row_padding) + row_bytes;
        }
        return .{
            .memory = try Guarded.init(bytes),
            .format = format,
            .picture = picture,
            .width = width,
            .height = height,
        };
    }

    pub fn deinit(self: Test) void {
        self.memory.deinit();
    }

    /// Random codes, with 10-bit words in their range.
    pub fn randomize(self: Test, random: std.Random) void {
        random.bytes(self.memory.bytes);
        if (job.depthOf(self.format) == 8) return;
        var i: usize = 0;
        while (i + 4 <= self.memory.bytes.len) : (i += 4) {
            const mask: u32 = if (self.format == .v210) 0x3fff_ffff else 0x03ff_03ff;
            const word = std.mem.readInt(u32, self.memory.bytes[i..][0..4], .little) & mask;
            std.mem.writeInt(u32, self.memory.bytes[i..][0..4], word, .little);
        }
        if (i < self.memory.bytes.len) self.memory.bytes[self.memory.bytes.len - 1] &= 3;
    }

    fn byteAt(self: Test, plane: usize, x: usize, y: usize) u32 {
        return self.memory.bytes[self.picture.plane_offsets[plane] + y * self.picture.plane_strides_bytes[plane] + x];
    }

    fn wordAt(self: Test, plane: usize, x: usize, y: usize) u32 {
        return self.byteAt(plane, 2 * x, y) | self.byteAt(plane, 2 * x + 1, y) << 8;
    }

    /// The code of component `c` at column `x` and row `y`; those of chroma are counted in chroma samples.
    pub fn codeAt(self: Test, c: usize, x: usize, y: usize) u32 {
        return switch (self.format) {
            .rgba8 => self.byteAt(0, 4 * x + c, y),
            .bgra8 => self.byteAt(0, 4 * x + 2 - c, y),
            .i420 => self.byteAt(c, x, y),
            .nv12 => if (c == 0) self.byteAt(0, x, y) else self.byteAt(1, 2 * x + c - 1, y),
            .uyvy8 => self.byteAt(0, if (c == 0) 2 * x + 1 else 4 * x + 2 * (c - 1), y),
            .yuv422p10le, .yuv444p10le => self.wordAt(c, x, y),
            .v210 => self.v210At(c, x, y),
        };
    }

    /// The order in which components come: Cb Y Cr Y Cb Y Cr Y Cb Y Cr Y, three to a word.
    fn v210At(self: Test, c: usize, x: usize, y: usize) u32 {
        const place = if (c == 0) 2 * x + 1 else 4 * x + 2 * (c - 1);
        const word = place / 3;
        const value = self.wordAt(0, 2 * word, y) | self.wordAt(0, 2 * word + 1, y) << 16;
        return value >> @intCast(place % 3 * 10) & 1023;
    }
};
