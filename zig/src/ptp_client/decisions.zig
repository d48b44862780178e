//! What a client does with the decisions of its port: messages leave, measurements go to the discipline.

const std = @import("std");
const ptp = @import("../ptp.zig");
const publishing = @import("publishing.zig");
const report = @import("report.zig");
const tai = @import("../tai.zig");
const time = @import("../time.zig");
const Client = @import("client.zig").Client;

const Parent = ptp.actions.Parent;
const Send = ptp.actions.Send;

/// Does what the port has decided, and what follows from that.
pub fn carryOut(self: *Client, now_ns: i64) void {
    var index: usize = 0;
    while (index < self.actions.count) : (index += 1) switch (self.actions.list[index]) {
        .send => |*send| sendOne(self, send),
        .measured => |measurement| measure(self, measurement),
        .state => |state| {
            self.statistics.port_state_changes += 1;
            if (state == .master or state == .faulty) self.statistics.several_peers = 0;
        },
        .parent => |parent| follow(self, parent, now_ns),
        // The port has it, or counts it: statistics are told from there.
        .announced, .announce_timeout, .sync_timeout, .timescale, .unicast_refused => {},
        .metadata => |metadata| report.putMetadata(&self.statistics, metadata),
        .several_peers => self.statistics.several_peers = 1,
    };
    self.actions.clear();
}

fn follow(self: *Client, parent: ?Parent, now_ns: i64) void {
    const statistics = &self.statistics;
    statistics.sync_log_interval = ptp.timestamp.interval_unknown;
    statistics.master_since_ns = if (parent == null) 0 else @intCast(now_ns);
    const one = parent orelse return;
    statistics.master_changes += 1;
    statistics.has_metadata = 0;
    const is_first = self.followed == null;
    const is_same = if (self.followed) |known| known.port.equals(one.port) and known.from == one.from else false;
    self.followed = .{ .port = one.port, .from = one.from };
    if (!is_first and !is_same) publishing.apply(self, self.discipline.masterChanged(), now_ns);
}

fn measure(self: *Client, measured: ptp.actions.Measurement) void {
    const now_ns: i64 = @intCast(time.monotonicNs());
    var measurement = measured;
    const added_ns = @as(i64, self.options.added_s) * std.time.ns_per_s;
    switch (measurement.kind) {
        .sync, .delay => {
            measurement.t1_ns +|= added_ns;
            if (measurement.t4_ns) |*t4_ns| t4_ns.* +|= added_ns;
        },
        .peer_delay => self.statistics.several_peers = 0,
    }
    if (measurement.kind == .sync) self.statistics.sync_heard_ns = @intCast(now_ns);
    const local_ns = self.clock.localAt(now_ns);
    publishing.apply(self, self.discipline.measured(measurement, self.config.asymmetry_ns, local_ns), now_ns);
    self.port.setRateRatio(1 + self.discipline.frequencyPpb() * 1e-9);
    self.port.setLocked(&self.actions, self.discipline.state() == .locked);
}

fn sendOne(self: *Client, send: *Send) void {
    const sockets = if (self.sockets) |*one| one else return;
    const to = switch (send.destination) {
        .multicast => sockets.groupOf(.multicast),
        .peer => sockets.groupOf(.peer),
        .unicast => |number| self.addresses.addressOf(number, sockets.family) orelse {
            self.statistics.send_errors += 1;
            return;
        },
    };
    if (send.stamp_on_send) {
        const now_ns: i64 = @intCast(time.monotonicNs());
        self.lateness.wrote(send.token, self.clock.localAt(now_ns));
        const ptp_ns: i64 = std.math.lossyCast(i64, tai.taiOf(@intCast(now_ns + self.lateness.ns())));
        const target = send.buffer[ptp.message.timestamp_offset..][0..ptp.timestamp.bytes_count];
        if (ptp.timestamp.Timestamp.fromNs(ptp_ns)) |instant| instant.write(target);
    }
    const bytes = send.bytes();
    if (sockets.send(send.kind, to, send.destination == .peer, send.token, bytes)) |errno| {
        self.statistics.send_errors += 1;
        return self.judge(errno);
    }
    self.statistics.messages_out[bytes[0] & 0xf] += 1;
}
