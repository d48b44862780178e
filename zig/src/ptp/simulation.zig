//! Ports on a network that is only numbers: delay, jitter, loss, doubles, and clocks that run wrong. For tests: hours
//! of protocol in seconds, the same every time.
//!
//! True time counts from 0; PTP time is `epoch_ns` more. A node's local clock, for its timers and its stamps, has an
//! offset and a rate of its own.

const std = @import("std");
const actions_module = @import("actions.zig");
const grandmaster = @import("grandmaster.zig");
const message = @import("message.zig");
const port_module = @import("port.zig");
const profile = @import("profile.zig");
const timescale = @import("timescale.zig");

const Port = port_module.Port;

pub const nodes_max = 8;
const events_max = 1024;
const ppb = 1_000_000_000;
/// The edge's numbers from here on are nodes; those below are a node's unicast masters.
const node_number_base = 100;

pub const Network = struct {
    delay_ns: i64 = 5_000,
    /// Evenly spread, on top of the delay. More than the time between messages reorders them.
    jitter_ns: i64 = 0,
    loss: f64 = 0,
    duplicates: f64 = 0,
    /// Times of sending that never come.
    stamp_loss: f64 = 0,
};

pub const Node = struct {
    port: Port,
    offset_ns: i64 = 0,
    rate_ppb: i64 = 0,
    /// Its cable is in.
    is_connected: bool = true,
    masters: []const usize = &.{},
    /// Locks its servo by itself when it has an offset.
    locks: bool = true,
    heard: Heard = .{},

    /// What its actions said.
    pub const Heard = struct {
        measured: u64 = 0,
        /// The largest error of a measured offset since it was last set to 0.
        error_max_ns: u64 = 0,
        path_delay_ns: ?i64 = null,
        parent_changes: u64 = 0,
        announce_timeouts: u64 = 0,
        sync_timeouts: u64 = 0,
        refused: u64 = 0,
        several_peers: u64 = 0,
        announced: u64 = 0,
        timescale: ?timescale.Finding = null,
        metadata: u64 = 0,
        sent: [16]u64 = @splat(0),
        /// Messages of a type that came.
        arrived: [16]u64 = @splat(0),
    };

    pub fn localOf(self: Node, true_ns: i64) i64 {
        const drift_ns = @divFloor(@as(i128, true_ns) * self.rate_ppb, ppb);
        return self.offset_ns + true_ns + @as(i64, @intCast(drift_ns));
    }

    pub fn trueOf(self: Node, local_ns: i64) i64 {
        const since_ns = @as(i128, local_ns) - self.offset_ns;
        // Rounded up: at that instant the local clock is there, not just before.
        return @intCast(@divFloor(since_ns * ppb + ppb + self.rate_ppb - 1, ppb + self.rate_ppb));
    }

    pub fn parentClock(self: Node) ?u64 {
        const parent = self.port.parent orelse return null;
        return std.mem.readInt(u64, &parent.port.clock.bytes, .big);
    }
};

const Event = struct {
    at_ns: i64,
    to: usize,
    what: union(enum) {
        datagram: struct { from: usize, send: actions_module.Send },
        stamp: struct { token: u32, local_ns: i64 },
    },
};

pub const Simulation = struct {
    epoch_ns: i64 = 1_790_000_037_000_000_000,
    network: Network = .{},
    random: std.Random.DefaultPrng,
    now_ns: i64 = 0,
    nodes: [nodes_max]Node = undefined,
    node_count: usize = 0,
    events: [events_max]Event = undefined,
    event_count: usize = 0,
    actions: actions_module.Actions = .{},

    pub fn create(seed: u64) !*Simulation {
        const self = try std.testing.allocator.create(Simulation);
        self.* = .{ .random = .init(seed) };
        return self;
    }

    pub fn destroy(self: *Simulation) void {
        std.testing.allocator.destroy(self);
    }

    /// Adds a node whose local clock is `offset_ns` from true time, and starts it.
    pub fn add(self: *Simulation, options: port_module.Options, offset_ns: i64) *Node {
        const node = &self.nodes[self.node_count];
        self.node_count += 1;
        node.* = .{ .port = .init(options), .offset_ns = offset_ns };
        node.port.local_to_ptp_ns = self.epoch_ns - offset_ns;
        self.start(node);
        return node;
    }

    pub fn start(self: *Simulation, node: *Node) void {
        node.port.start(&self.actions, node.localOf(self.now_ns));
        self.carryOut(node);
    }

    pub fn run(self: *Simulation, seconds: i64) !void {
        const end_ns = self.now_ns + seconds * std.time.ns_per_s;
        while (true) {
            var next_ns = end_ns;
            for (self.events[0..self.event_count]) |event| next_ns = @min(next_ns, event.at_ns);
            for (self.nodes[0..self.node_count]) |*node| {
                const deadline_ns = node.port.deadlineNs();
                if (deadline_ns == std.math.maxInt(i64)) continue;
                const at_ns = if (deadline_ns <= node.localOf(self.now_ns)) self.now_ns else node.trueOf(deadline_ns);
                next_ns = @min(next_ns, at_ns);
            }
            self.now_ns = @max(self.now_ns, next_ns);
            if (self.now_ns >= end_ns) return;
            self.deliver();
            for (self.nodes[0..self.node_count]) |*node| {
                const local_ns = node.localOf(self.now_ns);
                if (node.port.deadlineNs() > local_ns) continue;
                node.port.tick(&self.actions, local_ns);
                self.carryOut(node);
                // A port must not ask to be ticked for what it has just done.
                try std.testing.expect(node.port.deadlineNs() > local_ns);
            }
            try std.testing.expectEqual(@as(u64, 0), self.actions.overflow_count);
        }
    }

    fn deliver(self: *Simulation) void {
        var index: usize = 0;
        while (index < self.event_count) {
            const event = self.events[index];
            if (event.at_ns > self.now_ns) {
                index += 1;
                continue;
            }
            self.event_count -= 1;
            self.events[index] = self.events[self.event_count];
            const node = &self.nodes[event.to];
            switch (event.what) {
                .stamp => |stamp| node.port.sent(&self.actions, stamp.token, stamp.local_ns),
                .datagram => |datagram| self.arrive(node, datagram.from, &datagram.send, event.at_ns),
            }
            self.carryOut(node);
        }
    }

    fn arrive(self: *Simulation, node: *Node, from: usize, send: *const actions_module.Send, at_ns: i64) void {
        if (!node.is_connected) return;
        node.heard.arrived[send.buffer[0] & 15] += 1;
        const number = for (node.masters, 0..) |master, index| {
            if (master == from) break index;
        } else node_number_base + from;
        const stamp_ns: ?i64 = if (send.kind == .event) node.localOf(at_ns) else null;
        node.port.receive(&self.actions, send.bytes(), @intCast(number), stamp_ns, node.localOf(self.now_ns));
    }

    /// Gives a node a datagram from nowhere.
    pub fn inject(self: *Simulation, node: *Node, bytes: []const u8, from: u32, stamp_ns: ?i64) void {
        node.port.receive(&self.actions, bytes, from, stamp_ns, node.localOf(self.now_ns));
        self.carryOut(node);
    }

    pub fn carryOut(self: *Simulation, node: *Node) void {
        // Locking the servo adds to the list while it is read.
        var position: usize = 0;
        while (position < self.actions.count) : (position += 1) switch (self.actions.list[position]) {
            .send => |*send| self.transmit(node, send),
            .measured => |measurement| self.measured(node, measurement),
            .state => {},
            .parent => |parent| if (parent != null) {
                node.heard.parent_changes += 1;
            },
            .announced => node.heard.announced += 1,
            .announce_timeout => node.heard.announce_timeouts += 1,
            .sync_timeout => node.heard.sync_timeouts += 1,
            .timescale => |finding| node.heard.timescale = finding,
            .metadata => node.heard.metadata += 1,
            .unicast_refused => node.heard.refused += 1,
            .several_peers => node.heard.several_peers += 1,
        };
        self.actions.clear();
    }

    fn measured(self: *Simulation, node: *Node, measurement: actions_module.Measurement) void {
        node.heard.measured += 1;
        node.heard.path_delay_ns = measurement.path_delay_ns;
        const offset_ns = measurement.offset_ns orelse return;
        const truth_ns = measurement.t2_ns - (self.epoch_ns + node.trueOf(measurement.t2_ns));
        node.heard.error_max_ns = @max(node.heard.error_max_ns, @abs(offset_ns - truth_ns));
        if (node.locks) node.port.setLocked(&self.actions, true);
    }

    fn transmit(self: *Simulation, node: *Node, send: *actions_module.Send) void {
        const from = (@intFromPtr(node) - @intFromPtr(&self.nodes)) / @sizeOf(Node);
        node.heard.sent[send.buffer[0] & 15] += 1;
        if (send.stamp_on_send) {
            const stamp = message.Timestamp.fromNs(node.localOf(self.now_ns) + node.port.local_to_ptp_ns).?;
            stamp.write(send.buffer[message.timestamp_offset..][0..10]);
        }
        const random = self.random.random();
        if (send.token != 0 and random.float(f64) >= self.network.stamp_loss) self.push(.{
            .at_ns = self.now_ns + random.uintAtMost(u32, 20_000),
            .to = from,
            .what = .{ .stamp = .{ .token = send.token, .local_ns = node.localOf(self.now_ns) } },
        });
        if (!node.is_connected) return;
        for (0..self.node_count) |to| {
            if (to == from) continue;
            const is_meant = switch (send.destination) {
                .multicast, .peer => true,
                .unicast => |number| to == if (number < node_number_base)
                    node.masters[number]
                else
                    number - node_number_base,
            };
            if (!is_meant or random.float(f64) < self.network.loss) continue;
            const copies: usize = if (random.float(f64) < self.network.duplicates) 2 else 1;
            for (0..copies) |_| self.push(.{
                .at_ns = self.now_ns + self.network.delay_ns + random.intRangeAtMost(i64, 0, self.network.jitter_ns),
                .to = to,
                .what = .{ .datagram = .{ .from = from, .send = send.* } },
            });
        }
    }

    fn push(self: *Simulation, event: Event) void {
        self.events[self.event_count] = event;
        self.event_count += 1;
    }
};

pub fn slaveOptions(clock: u64, chosen: profile.Profile) port_module.Options {
    return .{ .identity = .{ .clock = .fromNumber(clock), .port = 1 }, .profile = chosen, .seed = clock };
}

pub fn masterOptions(clock: u64, chosen: profile.Profile, priority_1: u8) port_module.Options {
    var options = slaveOptions(clock, chosen);
    options.grandmaster = .{
        .announce = .{
            .utc_offset_s = 37,
            .priority_1 = priority_1,
            .quality = .{ .class = 248, .accuracy = 0xFE, .variance = 0xFFFF },
            .priority_2 = 128,
            .grandmaster = undefined,
            .steps_removed = 0,
            .time_source = 0xA0,
        },
        .flags = .{ .ptp_timescale = true, .utc_offset_valid = true },
    };
    return options;
}
