//! The socket of a sender as its essence sees it: packets are gathered, go out together, and are counted.

const std = @import("std");
const futex = @import("../futex.zig");
const net = @import("../net.zig");
const pacer = @import("pacer.zig");
const refusal = @import("refusal.zig");
const result = @import("../result.zig");
const time = @import("../time.zig");
const Mode = @import("sender_config.zig").Mode;
const Statistics = @import("sender_config.zig").Statistics;

const BatchSender = net.batch_send.Sender;
pub const Piece = std.posix.iovec_const;

const rtp_header_bytes = 12;

/// For one thread, but for `stop`. It stays where it is from `init` on.
pub const Wire = struct {
    batch: BatchSender,
    /// Not 0 when the sender is being closed.
    stop: std.atomic.Value(u32) = .init(0),
    statistics: Statistics = .{},
    queued_octets: u64 = 0,
    next_header: u32 = 0,
    /// Twice as many as a batch has packets: what is queued is never written over.
    headers: [headers_max][header_bytes_max]u8 align(64) = undefined,

    const headers_max = 2 * BatchSender.batch_packets_max;
    pub const header_bytes_max = 64;
    pub const batch_packets_max = BatchSender.batch_packets_max;

    pub fn init(self: *Wire, socket: net.udp.Socket, mode: Mode) void {
        self.* = .{ .batch = .init(socket, switch (mode) {
            .gso => .gso,
            .single => .single,
        }) };
        self.statistics.is_segmented = @intFromBool(self.batch.mode == .gso);
    }

    /// How many packets of a size are best sent at once, at most `packets_max`: as many as fill the system's messages.
    pub fn batchPackets(self: *const Wire, packet_bytes: u32, packets_max: u32) u32 {
        const most = @max(1, @min(packets_max, batch_packets_max));
        if (self.batch.mode == .single) return most;
        const in_message = std.math.clamp(message_bytes_max / packet_bytes, 1, segments_max);
        return if (most < in_message) most else most / in_message * in_message;
    }

    const message_bytes_max = 65_000;
    const segments_max = 64;

    /// Room for the headers of the next packet.
    pub fn header(self: *Wire) *[header_bytes_max]u8 {
        const found = &self.headers[self.next_header];
        self.next_header = (self.next_header + 1) % headers_max;
        return found;
    }

    /// Adds a packet of these pieces, whose bytes stay as they are until `flush`.
    pub fn add(self: *Wire, pieces: []const Piece) void {
        if (!self.batch.add(pieces)) {
            self.flush();
            const added = self.batch.add(pieces);
            std.debug.assert(added);
        }
        for (pieces) |piece| self.queued_octets += piece.len;
        self.queued_octets -= rtp_header_bytes;
    }

    pub fn queued(self: *const Wire) u32 {
        return self.batch.queued();
    }

    /// Sends what was added.
    pub fn flush(self: *Wire) void {
        const count = self.batch.queued();
        if (count == 0) return;
        const statistics = &self.statistics;
        statistics.burst_max = @max(statistics.burst_max, count);
        statistics.octets += self.queued_octets;
        self.queued_octets = 0;
        const outcome = self.batch.flush() catch |err| {
            statistics.refused += count;
            return self.noteError(err);
        };
        statistics.packets += outcome.sent;
        statistics.refused += outcome.refused;
        statistics.answers += outcome.answers;
        statistics.calls += outcome.calls;
        if (outcome.last_error) |err| self.noteError(err);
        statistics.is_segmented = @intFromBool(self.batch.mode == .gso);
    }

    fn noteError(self: *Wire, err: net.Error) void {
        self.statistics.last_error = @backingInt(result.fromError(refusal.fromNet(err)));
    }

    pub fn isStopped(self: *const Wire) bool {
        return self.stop.load(.seq_cst) != 0;
    }

    /// Sleeps until an instant; false if the sender is being closed.
    pub fn waitUntil(self: *const Wire, instant_ns: u64) bool {
        if (self.isStopped()) return false;
        if (time.monotonicNs() < instant_ns) _ = futex.waitUntil(&self.stop, 0, instant_ns);
        return !self.isStopped();
    }

    /// Sleeps until shortly before a paced item begins, so that the pacer, which cannot be stopped, waits only for that
    /// little; false if the sender is being closed.
    pub fn waitForPacer(self: *const Wire, one: *const pacer.Pacer) bool {
        if (one.options.pacing == .none) return !self.isStopped();
        return self.waitUntil(one.start_ns -| pacer_wait_ns);
    }

    const pacer_wait_ns = 2_000_000;

    /// Counts how long after its instant a batch leaves, which is late when it is more than `tolerance_ns`.
    pub fn noteDeviation(self: *Wire, instant_ns: u64, tolerance_ns: u64) void {
        const statistics = &self.statistics;
        const deviation_ns = time.monotonicNs() -| instant_ns;
        statistics.deviation[@min(64 - @as(usize, @clz(deviation_ns)), statistics.deviation.len - 1)] += 1;
        statistics.worst_late_ns = @max(statistics.worst_late_ns, deviation_ns);
        if (deviation_ns > tolerance_ns) statistics.late_batches += 1;
    }

    /// Has the pacer's statistics be those of the sender.
    pub fn takePacing(self: *Wire, stats: pacer.Stats) void {
        self.statistics.late_batches = stats.late_batches;
        self.statistics.worst_late_ns = stats.worst_late_ns;
        self.statistics.deviation = stats.deviation;
    }

    /// Has `waitUntil` come back in whatever thread it is.
    pub fn requestStop(self: *Wire) void {
        self.stop.store(1, .seq_cst);
        futex.wakeAll(&self.stop);
    }
};

pub fn pieceOf(bytes: []const u8) Piece {
    return .{ .base = bytes.ptr, .len = bytes.len };
}
