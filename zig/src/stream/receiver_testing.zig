//! What the tests of receivers have in common: a ring with its reader, a socket that sends, a camera.

const std = @import("std");
const linux = std.os.linux;
const net = @import("../net.zig");
const receiver = @import("receiver.zig");
const ring_module = @import("../ring.zig");
const rtp = @import("../rtp.zig");
const st2110 = @import("../st2110.zig");
const tai = @import("../tai.zig");
const time = @import("../time.zig");
const configuration = @import("receiver_config.zig");

const Endpoint = net.endpoint.Endpoint;
const Ring = ring_module.Ring(.honoured);
const video = st2110.video;
const expectEqual = std.testing.expectEqual;
const allocator = std.testing.allocator;

/// TAI of the tests: 2023-11-14, so that nothing depends on when they run.
pub const tai_ns: i64 = 1_700_000_000 * std.time.ns_per_s;
pub const clock_start_ticks: u32 = 380_014_592;

pub const loopback: Endpoint = .ip4(.{ 127, 0, 0, 1 }, 0);

pub var released: std.atomic.Value(u32) = .init(0);

fn release(_: u32) void {
    _ = released.fetchAdd(1, .monotonic);
}

/// A ring with its reader.
pub const Target = struct {
    ring: *Ring,
    writer: u32,
    reader: u32,
    cursor: u64 = 0,

    pub fn init(slot_count: u32, payload_bytes: u32) !Target {
        const ring = try allocator.create(Ring);
        ring.* = try .create(.{
            .slot_count = slot_count,
            .reader_max = 2,
            .payload_bytes = payload_bytes,
            .metadata_bytes = 512,
            .generation = 0,
        }, "");
        return .{ .ring = ring, .writer = try ring.openWriter(), .reader = try ring.openReader() };
    }

    pub fn deinit(self: *Target) void {
        self.ring.destroy();
        allocator.destroy(self.ring);
    }

    pub fn sink(self: *Target) receiver.Sink {
        return .of(self.ring, 0, self.writer, release);
    }

    pub const Item = struct {
        slot: u32,
        header: *const @TypeOf(@as(Ring, undefined).header(0).*),
        payload: []const u8,
        metadata: []const u8,
    };

    /// The next item in order; waits for it. It is pinned until `done`.
    pub fn next(self: *Target) !Item {
        const slot = try self.await();
        const header = self.ring.header(slot);
        self.cursor = header.sequence.load(.monotonic);
        const geometry = self.ring.geometry;
        const start = geometry.metadata_offset + slot * geometry.metadata_bytes;
        return .{
            .slot = slot,
            .header = header,
            .payload = self.ring.payload(slot)[0..header.payload_bytes],
            .metadata = self.ring.segment.memory[start..][0..header.metadata_bytes],
        };
    }

    fn await(self: *Target) !u32 {
        for (0..1000) |_| {
            const seen = self.ring.control().doorbell.load(.seq_cst);
            return self.ring.pinNext(self.reader, self.cursor) catch |err| {
                if (err != error.Empty) return err;
                self.ring.wait(seen, 10) catch {};
                continue;
            };
        }
        return error.NothingCame;
    }

    pub fn done(self: *Target, item: Item) !void {
        try self.ring.unpin(self.reader, item.slot);
    }
};

/// A socket that sends to a receiver.
pub const Peer = struct {
    socket: net.udp.Socket,

    pub fn init(to: Endpoint, port: u32) !Peer {
        var endpoint = to;
        endpoint.port = port;
        return .{ .socket = try .openSend(.{ .to = endpoint }) };
    }

    pub fn send(self: Peer, bytes: []const u8) !void {
        const returned = linux.sendto(self.socket.fd, bytes.ptr, bytes.len, 0, null, 0);
        if (linux.errno(returned) != .SUCCESS) return error.NotSent;
    }

    pub fn deinit(self: Peer) void {
        self.socket.close();
    }
};

/// Waits until a figure of the statistics has a value, and gives all of them.
pub fn awaitFigure(handle: u32, comptime name: []const u8, value: u64) !receiver.Statistics {
    for (0..5000) |_| {
        const statistics = try receiver.statisticsOf(handle);
        if (@field(statistics, name) >= value) {
            try expectEqual(value, @field(statistics, name));
            return statistics;
        }
        time.sleepUntil(time.monotonicNs() + std.time.ns_per_ms) catch {};
    }
    std.debug.print("{s} is {d}, not {d}\n", .{ name, @field(try receiver.statisticsOf(handle), name), value });
    return error.NeverCame;
}

pub fn baseConfig() receiver.Config {
    var config = std.mem.zeroes(receiver.Config);
    config.local = loopback;
    config.payload_type = 96;
    config.use_gro = 1;
    config.clock_rate_hz = 90_000;
    config.rate_numerator = 50;
    config.rate_denominator = 1;
    config.missing_policy = @backingInt(configuration.MissingPolicy.drop);
    config.tai_shift_ns = tai_ns - @as(i64, @intCast(tai.now()));
    return config;
}

pub const small: video.Format = .{ .width = 480, .height = 36, .sampling = .ycbcr_422, .depth = .bits_10 };

pub fn videoConfig(format: video.Format) !receiver.Config {
    const geometry = try format.geometry();
    var config = baseConfig();
    config.kind = @backingInt(configuration.Kind.video);
    config.width = format.width;
    config.height = format.height;
    config.sampling = @backingInt(format.sampling);
    config.depth = @backingInt(format.depth);
    config.scan = @backingInt(format.scan);
    config.packing = @backingInt(format.packing);
    config.udp_bytes_max = format.udp_bytes_max;
    config.plane_strides[0] = geometry.row_bytes;
    config.item_bytes_max = @intCast(geometry.frameBytes());
    return config;
}

/// Makes the packets of frames with pixels that follow from the number of the frame.
pub const Camera = struct {
    geometry: video.Geometry,
    packetizer: st2110.video_packetizer.Packetizer,
    frame: []u8,
    number: u32 = 0,
    buffer: [9000]u8 = undefined,

    pub fn init(format: video.Format, sequence: u32) !Camera {
        const geometry = try format.geometry();
        return .{
            .geometry = geometry,
            .packetizer = .init(geometry, 96, 0x1234_5678, sequence),
            .frame = try allocator.alloc(u8, @intCast(geometry.frameBytes())),
        };
    }

    pub fn deinit(self: *Camera) void {
        allocator.free(self.frame);
    }

    /// 50 frames in a second.
    pub fn ticksOf(number: u32) u32 {
        return clock_start_ticks +% number * 1800;
    }

    pub fn begin(self: *Camera) !void {
        fill(self.frame, self.number);
        const ticks = ticksOf(self.number);
        try self.packetizer.begin(self.geometry.row_bytes, .{ ticks, ticks + 900 });
        self.number += 1;
    }

    pub fn next(self: *Camera) !?[]u8 {
        return self.packetizer.next(self.frame, &self.buffer);
    }

    pub fn fill(frame: []u8, number: u32) void {
        for (frame, 0..) |*byte, i| byte.* = @truncate(i *% 31 +% (i >> 8) *% 7 +% number *% 101);
    }

    pub fn check(payload: []const u8, number: u32) !void {
        for (payload, 0..) |byte, i| {
            const wanted: u8 = @truncate(i *% 31 +% (i >> 8) *% 7 +% number *% 101);
            if (byte != wanted) return error.WrongPixels;
        }
    }
};

pub fn openInto(config: *const receiver.Config, target: *Target) !u32 {
    const handle = try receiver.open(config);
    errdefer _ = receiver.close(handle) catch {};
    try receiver.setRing(handle, target.sink());
    return handle;
}

pub fn sendFrame(camera: *Camera, peer: Peer) !void {
    try camera.begin();
    while (try camera.next()) |bytes| try peer.send(bytes);
}
