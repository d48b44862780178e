//! What tests of senders share: a socket on loopback, configs, jobs.

const std = @import("std");
const linux = std.os.linux;
const net = @import("../net.zig");
const packet = @import("../rtp/packet.zig");
const sender = @import("sender.zig");
const sender_config = @import("sender_config.zig");
const st2110 = @import("../st2110.zig");
const time = @import("../time.zig");

pub const Config = sender.Config;
pub const Job = sender.Job;
pub const expect = std.testing.expect;
pub const expectEqual = std.testing.expectEqual;
pub const expectError = std.testing.expectError;
pub const allocator = std.heap.page_allocator;

pub const loopback: [4]u8 = .{ 127, 0, 0, 1 };

/// A socket on a free even port of loopback.
pub const Receiver = struct {
    socket: net.udp.Socket,
    port: u16,
    bytes: [65536]u8 = undefined,

    pub fn open() !Receiver {
        while (true) {
            const socket = try net.udp.Socket.openReceive(.{
                .local = .ip4(loopback, 0),
                .receive_buffer_bytes = 16 << 20,
            });
            const port: u16 = @intCast((try socket.localEndpoint()).port);
            if (port % 2 == 0) return .{ .socket = socket, .port = port };
            socket.close();
        }
    }

    pub fn close(self: *Receiver) void {
        self.socket.close();
    }

    /// The next datagram, or `error.Silence` after a while.
    pub fn next(self: *Receiver) ![]const u8 {
        var polled: [1]linux.pollfd = .{.{ .fd = self.socket.fd, .events = linux.POLL.IN, .revents = 0 }};
        if (linux.poll(&polled, 1, 5000) != 1) return error.Silence;
        const returned = linux.recvfrom(self.socket.fd, &self.bytes, self.bytes.len, 0, null, null);
        if (linux.errno(returned) != .SUCCESS) return error.Unexpected;
        return self.bytes[0..returned];
    }

    pub fn nextPacket(self: *Receiver) !packet.Packet {
        return packet.parse(try self.next());
    }
};

pub fn configOf(kind: sender_config.Kind, port: u16) Config {
    var config = std.mem.zeroes(Config);
    config.kind = @backingInt(kind);
    config.mode = 1;
    config.pacing = 3;
    config.sender_type = 2;
    config.to = .ip4(loopback, port);
    config.hops = 1;
    config.payload_type = 96;
    config.ssrc = 0x11223344;
    config.first_sequence = 0x0001_FFF0;
    config.clock_rate_hz = 90_000;
    config.rate_numerator = 50;
    config.rate_denominator = 1;
    config.udp_bytes_max = 1460;
    config.spread_percent = 50;
    return config;
}

pub fn videoConfig(port: u16, width: u32, height: u32) Config {
    var config = configOf(.video, port);
    config.width = width;
    config.height = height;
    config.sampling = @backingInt(st2110.pgroup.Sampling.ycbcr_422);
    config.depth = 10;
    return config;
}

pub fn jobOf(clock: u64) Job {
    return .{ .start_ns = 0, .media_clock = clock, .second_media_clock = clock + 900 };
}

pub fn awaitDone(handle: u32, count: u64) !void {
    const deadline_ns = time.monotonicNs() + 10 * std.time.ns_per_s;
    while (try sender.doneCount(handle) < count) {
        if (time.monotonicNs() > deadline_ns) return error.Silence;
        try time.sleepUntil(time.monotonicNs() + 200_000);
    }
}

pub fn fillRandom(bytes: []u8, seed: u64) void {
    var random = std.Random.DefaultPrng.init(seed);
    random.random().bytes(bytes);
}

pub fn awaitPackets(handle: u32, count: u64) !sender.Statistics {
    const deadline_ns = time.monotonicNs() + 10 * std.time.ns_per_s;
    while (time.monotonicNs() < deadline_ns) {
        const statistics = try sender.statisticsOf(handle);
        if (statistics.packets >= count) return statistics;
        try time.sleepUntil(time.monotonicNs() + 200_000);
    }
    return error.Silence;
}
