//! What a PTP port decides: messages to send, measurements, news. The edge carries it out.

const std = @import("std");
const identity = @import("identity.zig");
const message = @import("message.zig");
const synchronization_metadata = @import("synchronization_metadata.zig");
const timescale = @import("timescale.zig");
const timestamp = @import("timestamp.zig");

/// UDP port 319 or 320. The time of sending of an event message is told to the port.
pub const Kind = enum { event, general };

pub const Destination = union(enum) {
    /// 224.0.1.129 or FF0X::181.
    multicast,
    /// 224.0.0.107 or FF02::6B, which routers do not forward: for peer delay.
    peer,
    /// An address by the edge's number for it.
    unicast: u32,
};

/// No message of ours is longer.
pub const message_bytes_max = 128;

pub const Send = struct {
    kind: Kind,
    destination: Destination,
    /// Not 0 if the time of sending is wanted, by `sent(token, …)`.
    token: u32 = 0,
    /// The edge writes the PTP time at `message.timestamp_offset` just before it sends: a one-step Sync.
    stamp_on_send: bool = false,
    count: u8,
    buffer: [message_bytes_max]u8,

    pub fn bytes(self: *const Send) []const u8 {
        return self.buffer[0..self.count];
    }
};

/// Times of an exchange. t1 and t4 of a Sync and Delay_Req are the master's, t2 and t3 those of the local clock; of a
/// peer delay t1 and t4 are local and t2 and t3 the neighbour's.
pub const Measurement = struct {
    kind: enum { sync, delay, peer_delay },
    sequence: u16,
    /// With a delay: of the latest Sync before it. 0 with the turnaround in the correction for a one-step peer.
    t1_ns: i64,
    t2_ns: i64,
    t3_ns: ?i64 = null,
    t4_ns: ?i64 = null,
    /// Of Sync and Follow_Up, with the asymmetry of the path; or of both answers of a peer.
    correction: timestamp.Scaled,
    /// Of Delay_Resp.
    response_correction: timestamp.Scaled = 0,
    /// Mean path delay as last measured, not filtered; null before the first. Noise can make it negative.
    path_delay_ns: ?i64,
    /// Local clock less master; null as long as the path delay is not known, and with a peer delay.
    offset_ns: ?i64,
};

pub const State = enum {
    initializing,
    faulty,
    listening,
    master,
    passive,
    uncalibrated,
    slave,
};

/// The master that is followed.
pub const Parent = struct {
    port: identity.PortIdentity,
    from: u32,
    announce: message.Announce,
    flags: message.Flags,
};

pub const Action = union(enum) {
    send: Send,
    measured: Measurement,
    /// The state from now on.
    state: State,
    /// Another master, or none.
    parent: ?Parent,
    /// The parent's announcement says something else than before, as a leap second.
    announced: Parent,
    /// No Announce of the parent came in time; it is given up.
    announce_timeout: identity.PortIdentity,
    /// The parent announces but no Sync of it came in time.
    sync_timeout: identity.PortIdentity,
    /// What the master's timescale seems to be; told when it changes.
    timescale: timescale.Finding,
    /// From the parent.
    metadata: synchronization_metadata.SynchronizationMetadata,
    /// A master refused to send, or took it back.
    unicast_refused: struct { master: u32, type: message.Type },
    /// More than one neighbour answered a Pdelay_Req: the path has a switch without PTP, and the delay is not used.
    several_peers: void,
};

pub const capacity = 32;

/// Bounded: what does not fit is counted, and the port tries again at its next tick.
pub const Actions = struct {
    list: [capacity]Action = undefined,
    count: usize = 0,
    overflow_count: u64 = 0,

    pub fn items(self: *const Actions) []const Action {
        return self.list[0..self.count];
    }

    pub fn clear(self: *Actions) void {
        self.count = 0;
    }

    pub fn room(self: *const Actions) usize {
        return capacity - self.count;
    }

    pub fn add(self: *Actions, action: Action) void {
        if (self.count == capacity) {
            self.overflow_count += 1;
            return;
        }
        self.list[self.count] = action;
        self.count += 1;
    }
};

/// Writes messages of one port into actions.
pub const Sender = struct {
    source: identity.PortIdentity,
    domain: u8,
    minor_version: u4 = 1,
    token: u32 = 0,

    pub const Details = struct {
        destination: Destination,
        sequence: u16,
        flags: message.Flags = .{},
        correction: timestamp.Scaled = 0,
        log_interval: i8 = timestamp.interval_unknown,
        tlv_bytes: []const u8 = &.{},
        stamp_on_send: bool = false,
    };

    /// Returns the token of an event message, else 0.
    pub fn send(self: *Sender, actions: *Actions, body: message.Body, details: Details) u32 {
        const is_event = std.meta.activeTag(body).isEvent();
        var flags = details.flags;
        flags.unicast = details.destination == .unicast;
        var one: Send = .{
            .kind = if (is_event) .event else .general,
            .destination = details.destination,
            .stamp_on_send = details.stamp_on_send,
            .count = 0,
            .buffer = undefined,
        };
        const written = message.write(&one.buffer, .{
            .domain = self.domain,
            .minor_version = self.minor_version,
            .flags = flags,
            .correction = details.correction,
            .source = self.source,
            .sequence = details.sequence,
            .log_interval = details.log_interval,
        }, body, details.tlv_bytes) catch unreachable; // all that we write is below the limit
        one.count = @intCast(written.len);
        if (is_event) {
            self.token = if (self.token == std.math.maxInt(u32)) 1 else self.token + 1;
            one.token = self.token;
        }
        actions.add(.{ .send = one });
        return one.token;
    }
};

test "Actions is bounded and counts what does not fit" {
    var actions: Actions = .{};
    for (0..capacity + 3) |_| actions.add(.{ .several_peers = {} });
    try std.testing.expectEqual(@as(usize, capacity), actions.items().len);
    try std.testing.expectEqual(@as(u64, 3), actions.overflow_count);
    actions.clear();
    try std.testing.expectEqual(@as(usize, capacity), actions.room());
}

test "Sender numbers event messages, never with 0" {
    var actions: Actions = .{};
    var sender: Sender = .{ .source = .all, .domain = 0, .token = std.math.maxInt(u32) };
    try std.testing.expectEqual(@as(u32, 1), sender.send(&actions, .{ .delay_req = .{} }, .{
        .destination = .multicast,
        .sequence = 1,
    }));
    try std.testing.expectEqual(@as(u32, 0), sender.send(&actions, .{ .follow_up = .{} }, .{
        .destination = .{ .unicast = 3 },
        .sequence = 1,
    }));
    const last = try message.parse(actions.items()[1].send.bytes());
    try std.testing.expect(last.header.flags.unicast);
    try std.testing.expectEqual(Kind.general, actions.items()[1].send.kind);
}
