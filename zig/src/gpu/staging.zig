//! Memory through which bytes go to a device and back: one buffer that the host sees, used around and around.
//!
//! A piece is taken, filled and named in a recording; `seal` says by which value of the stream's timeline all that was
//! taken so far is done, and `release` takes back what is done. Nothing is allocated after `create`. A piece never
//! goes around the end of the buffer; what is left there is taken with it.

const std = @import("std");
const Buffer = @import("buffer.zig").Buffer;
const Device = @import("device.zig").Device;
const Error = @import("failure.zig").Error;
const Where = @import("memory.zig").Where;

/// Submits whose pieces are still in use at most.
const seals_max = 32;

/// What copies between buffers and images like best, on every device known.
const alignment = 256;

/// Places in a ring of bytes; numbers only.
const Places = struct {
    bytes: u64,
    /// Counted from the beginning of time: what is in use lies between the two.
    begin: u64 = 0,
    end: u64 = 0,
    seals: [seals_max]Seal = undefined,
    first: usize = 0,
    count: usize = 0,

    const Seal = struct { end: u64, value: u64 };

    fn take(self: *Places, bytes: u64) ?u64 {
        if (bytes == 0 or bytes > self.bytes) return null;
        if (self.begin == self.end) { // Empty: then all of it is there again, in one piece.
            const over = self.end % self.bytes;
            if (over > 0) self.end += self.bytes - over;
            self.begin = self.end;
        }
        const lap = self.end - self.end % self.bytes;
        var start = lap + std.mem.alignForward(u64, self.end - lap, alignment);
        if (start - lap + bytes > self.bytes) start = lap + self.bytes;
        if (start + bytes - self.begin > self.bytes) return null;
        self.end = start + bytes;
        return start % self.bytes;
    }

    fn seal(self: *Places, value: u64) bool {
        const before = if (self.count == 0) self.begin else self.at(self.count - 1).end;
        if (self.end == before) return true;
        if (self.count == seals_max) return false;
        self.count += 1;
        self.at(self.count - 1).* = .{ .end = self.end, .value = value };
        return true;
    }

    fn release(self: *Places, reached: u64) void {
        while (self.count > 0 and self.at(0).value <= reached) {
            self.begin = self.at(0).end;
            self.first = (self.first + 1) % seals_max;
            self.count -= 1;
        }
    }

    fn at(self: *Places, place: usize) *Seal {
        return &self.seals[(self.first + place) % seals_max];
    }
};

pub const Piece = struct {
    /// Where it begins in the staging buffer: a multiple of 256.
    offset: u64,
    /// The bytes as the host sees them, until they are released.
    memory: []u8,
};

pub const Staging = struct {
    buffer: Buffer,
    places: Places,

    pub fn create(device: *Device, bytes: u64, where: Where) Error!Staging {
        if (where == .device) return error.InvalidArgument;
        const whole = std.mem.alignForward(u64, @max(bytes, 1), alignment);
        const buffer: Buffer = try .create(device, .{ .bytes = whole, .where = where, .name = "staging" });
        return .{ .buffer = buffer, .places = .{ .bytes = whole } };
    }

    /// No work that names it is under way.
    pub fn destroy(self: Staging) void {
        self.buffer.destroy();
    }

    /// A piece for the recording under way; null if there is no room until more work is done.
    pub fn take(self: *Staging, bytes: u64) ?Piece {
        const offset = self.places.take(bytes) orelse return null;
        return .{ .offset = offset, .memory = self.buffer.mapped()[@intCast(offset)..][0..@intCast(bytes)] };
    }

    /// What was taken since the last seal is in use until the stream's timeline has reached `value`. False if too many
    /// submits are under way: release some first.
    pub fn seal(self: *Staging, value: u64) bool {
        return self.places.seal(value);
    }

    /// Takes back what is done.
    pub fn release(self: *Staging, reached: u64) void {
        self.places.release(reached);
    }
};

test "pieces go around and never meet" {
    var places: Places = .{ .bytes = 1024 };
    try std.testing.expectEqual(0, places.take(400));
    try std.testing.expectEqual(512, places.take(400));
    try std.testing.expectEqual(null, places.take(200));
    try std.testing.expect(places.seal(1));
    places.release(0);
    try std.testing.expectEqual(null, places.take(200));
    places.release(1);
    try std.testing.expectEqual(0, places.take(200)); // The end was too short for it.
    try std.testing.expectEqual(256, places.take(200));
    try std.testing.expect(places.seal(2));
    try std.testing.expectEqual(512, places.take(512));
    try std.testing.expectEqual(null, places.take(1));
    places.release(2);
    try std.testing.expectEqual(0, places.take(400));
    try std.testing.expect(places.seal(3));
    places.release(3);
    try std.testing.expectEqual(0, places.take(1024)); // All of it, wherever it ended before.
    try std.testing.expect(places.seal(4));
    places.release(4);
    try std.testing.expectEqual(null, places.take(2000));
    try std.testing.expectEqual(null, places.take(0));
}

test "random pieces never overlap with what is in use" {
    var random: std.Random.DefaultPrng = .init(11);
    const r = random.random();
    var places: Places = .{ .bytes = 4096 };
    var owners: [4096]u64 = @splat(0);
    var value: u64 = 1;
    var reached: u64 = 0;
    var taken: u32 = 0;
    for (0..20_000) |_| {
        const bytes = r.intRangeAtMost(u64, 1, 1500);
        if (places.take(bytes)) |offset| {
            taken += 1;
            for (owners[@intCast(offset)..][0..@intCast(bytes)]) |*owner| {
                try std.testing.expect(owner.* <= reached);
                owner.* = value;
            }
        } else reached = value -| r.uintLessThan(u64, 3);
        if (places.seal(value)) value += 1 else reached = value - 1;
        reached = @min(reached, value - 1);
        places.release(reached);
    }
    try std.testing.expect(taken > 5000);
}

test "no more submits than there is room to remember" {
    var places: Places = .{ .bytes = 1 << 20 };
    for (0..seals_max) |i| {
        _ = places.take(1);
        try std.testing.expect(places.seal(i));
    }
    try std.testing.expect(places.seal(99)); // Nothing was taken since.
    _ = places.take(1);
    try std.testing.expect(!places.seal(99));
    places.release(0);
    try std.testing.expect(places.seal(99));
}
