//! What a PTP port does with each message (IEEE 1588-2008 sections 9.5 and 11). Part of `port`: everything here works on
//! one, and whatever is not used is counted in it.

const std = @import("std");
const actions_module = @import("actions.zig");
const delay_requests = @import("delay_requests.zig");
const message = @import("message.zig");
const peer_delay = @import("peer_delay.zig");
const slave = @import("slave.zig");
const sync_receiver = @import("sync_receiver.zig");
const synchronization_metadata = @import("synchronization_metadata.zig");
const timescale = @import("timescale.zig");
const timestamp = @import("timestamp.zig");
const tlv = @import("tlv.zig");

const Actions = actions_module.Actions;
const Port = @import("port.zig").Port;

/// A datagram with the edge's number for its sender; the time of receipt is wanted for event messages.
pub fn receive(self: *Port, actions: *Actions, bytes: []const u8, from: u32, stamp_ns: ?i64, now_ns: i64) void {
    self.counters.received += 1;
    const parsed = message.parse(bytes) catch |err| {
        if (err == error.WrongVersion) self.counters.wrong_version += 1 else self.counters.malformed += 1;
        return;
    };
    const header = parsed.header;
    // In 2008 the octet of minorSdoId is reserved.
    const minor_sdo_id = if (header.minor_version > 0) header.minor_sdo_id else 0;
    if (header.domain != self.sender.domain or header.major_sdo_id != 0 or minor_sdo_id != 0) {
        self.counters.other_domain += 1;
        return;
    }
    if (header.source.clock.equals(self.options.identity.clock)) return count(&self.counters.own);
    if (!self.isRunning()) return count(&self.counters.not_running);
    if (header.type.isEvent() and stamp_ns == null) return count(&self.counters.unstamped);
    switch (parsed.body) {
        .announce => receiveAnnounce(self, actions, parsed, from, now_ns),
        .sync => |origin| receiveSync(self, actions, header, origin, stamp_ns.?, now_ns),
        .follow_up => |origin| receiveFollowUp(self, actions, header, origin, now_ns),
        .delay_resp => |answer| receiveDelayResponse(self, actions, header, answer),
        .delay_req => answerDelay(self, actions, header, from, stamp_ns.?),
        .pdelay_req => answerPeer(self, actions, header, from, stamp_ns.?),
        .pdelay_resp => |answer| receivePeerResponse(self, actions, header, answer, stamp_ns.?),
        .pdelay_resp_follow_up => |answer| receivePeerFollowUp(self, actions, header, answer),
        .signaling => |target| receiveSignaling(self, actions, parsed, target, from, now_ns),
        .management => |management| receiveManagement(self, actions, parsed, management),
    }
}

fn receiveAnnounce(self: *Port, actions: *Actions, parsed: message.Message, from: u32, now_ns: i64) void {
    const header = parsed.header;
    const announce = parsed.body.announce;
    // IEEE 1588-2008 section 9.3.2.5.
    const is_loop = hasOwnPath(self, parsed) or
        (self.grandmaster == null and announce.grandmaster.equals(self.options.identity.clock));
    const is_stranger = self.unicast.isOn() and from >= self.unicast.options.master_count;
    if (header.flags.alternate_master or announce.steps_removed >= 255 or is_loop or is_stranger) {
        return count(&self.counters.dismissed);
    }
    self.unicast.heard(from, now_ns);
    const log_interval = header.logInterval() orelse self.unicast.granted(from, .announce, now_ns) orelse
        self.options.profile.announce_log_interval;
    const interval_ns = timestamp.intervalNs(std.math.clamp(log_interval, -4, 4));
    switch (self.masters.receive(.{
        .port = header.source,
        .from = from,
        .announce = announce,
        .flags = header.flags,
        .sequence = header.sequence,
        .interval_ns = interval_ns,
        .newest_ns = now_ns,
    })) {
        .taken => {},
        .repeated => return count(&self.counters.repeated),
        .turned_away => return count(&self.counters.turned_away),
    }
    if (self.parent) |parent| if (parent.port.equals(header.source)) {
        self.announce_deadline_ns = now_ns + self.announceTimeoutNs(interval_ns);
    };
    self.decide(actions, now_ns);
}

fn hasOwnPath(self: *const Port, parsed: message.Message) bool {
    var all = parsed.tlvs();
    while (all.next()) |one| {
        if (one.type == .path_trace and tlv.pathHas(one.value, self.options.identity.clock)) return true;
    }
    return false;
}

fn isParent(self: *Port, header: message.Header) bool {
    if (self.parent) |parent| if (parent.port.equals(header.source)) return true;
    self.counters.not_parent += 1;
    return false;
}

fn receiveSync(
    self: *Port,
    actions: *Actions,
    header: message.Header,
    origin: message.Timestamp,
    stamp_ns: i64,
    now_ns: i64,
) void {
    if (!isParent(self, header)) return;
    const sample = if (header.flags.two_step)
        self.slave.syncs.twoStep(header.sequence, stamp_ns, header.correction)
    else one_step: {
        const t1_ns = origin.ns() orelse return count(&self.counters.implausible);
        break :one_step self.slave.syncs.oneStep(header.sequence, t1_ns, stamp_ns, header.correction);
    };
    addSync(self, actions, sample orelse return, header.logInterval(), now_ns);
}

fn receiveFollowUp(
    self: *Port,
    actions: *Actions,
    header: message.Header,
    origin: message.Timestamp,
    now_ns: i64,
) void {
    if (!isParent(self, header)) return;
    const t1_ns = origin.ns() orelse return count(&self.counters.implausible);
    const sample = self.slave.syncs.followUp(header.sequence, t1_ns, header.correction) orelse return;
    addSync(self, actions, sample, header.logInterval(), now_ns);
}

fn addSync(
    self: *Port,
    actions: *Actions,
    sample: sync_receiver.Sample,
    log_interval: ?i8,
    now_ns: i64,
) void {
    self.slave.sync_deadline_ns = now_ns + self.syncTimeoutNs(log_interval, now_ns);
    const is_asking = self.options.profile.delay_mechanism == .end_to_end;
    if (is_asking and self.slave.request_next_ns == null) {
        self.slave.request_next_ns = now_ns +
            slave.requestWaitNs(self.random.random(), self.request_log_interval);
    }
    const measurement = self.slave.synced(sample);
    actions.add(.{ .measured = measurement });
    judgeTimescale(self, actions, sample);
}

fn judgeTimescale(self: *Port, actions: *Actions, sample: sync_receiver.Sample) void {
    const known = self.local_utc orelse return;
    const parent = self.parent.?;
    const finding = timescale.judge(.{
        .flags = parent.flags,
        .utc_offset_s = parent.announce.utc_offset_s,
        .master_ns = sample.t1_ns,
        .local_utc_ns = known.utc_ns +| (sample.t2_ns -| known.local_ns),
        .tai_utc_s = self.options.tai_utc_s,
    });
    if (self.timescale == finding) return;
    self.timescale = finding;
    actions.add(.{ .timescale = finding });
}

fn receiveDelayResponse(self: *Port, actions: *Actions, header: message.Header, answer: message.Answer) void {
    if (!answer.requesting.equals(self.options.identity)) return count(&self.counters.for_others);
    if (!isParent(self, header)) return;
    const t4_ns = answer.stamp.ns() orelse return count(&self.counters.implausible);
    if (header.logInterval()) |log| self.request_log_interval = log;
    const sample = self.slave.requests.answered(header.sequence, t4_ns, header.correction) orelse return;
    addDelay(self, actions, sample);
}

pub fn addDelay(self: *Port, actions: *Actions, sample: delay_requests.Sample) void {
    const measurement = self.slave.delayed(sample) orelse return;
    actions.add(.{ .measured = measurement });
}

fn answerDelay(self: *Port, actions: *Actions, header: message.Header, from: u32, stamp_ns: i64) void {
    const is_end_to_end = self.options.profile.delay_mechanism == .end_to_end;
    if (self.state != .master or !is_end_to_end) return count(&self.counters.for_others);
    const received = self.ptpOf(stamp_ns) orelse return;
    self.grandmaster.?.answerDelay(&self.sender, actions, header, from, received);
}

fn answerPeer(self: *Port, actions: *Actions, header: message.Header, from: u32, stamp_ns: i64) void {
    if (self.options.profile.delay_mechanism != .peer_to_peer) return count(&self.counters.for_others);
    const received = self.ptpOf(stamp_ns) orelse return;
    self.responder.request(&self.sender, actions, .{ .header = header, .from = from, .received = received });
}

fn receivePeerResponse(
    self: *Port,
    actions: *Actions,
    header: message.Header,
    answer: message.Answer,
    stamp_ns: i64,
) void {
    if (!answer.requesting.equals(self.options.identity)) return count(&self.counters.for_others);
    const two_step = header.flags.two_step;
    const t2_ns = answer.stamp.ns() orelse return count(&self.counters.implausible);
    const several_before = self.peer.counters.several_peers;
    const sample = self.peer.responded(header.sequence, .{
        .peer = header.source,
        .t2_ns = if (two_step) t2_ns else 0,
        .t4_ns = stamp_ns,
        .correction = header.correction,
        .two_step = two_step,
    });
    if (self.peer.counters.several_peers > several_before) actions.add(.{ .several_peers = {} });
    addPeerDelay(self, actions, sample orelse return);
}

fn receivePeerFollowUp(self: *Port, actions: *Actions, header: message.Header, answer: message.Answer) void {
    if (!answer.requesting.equals(self.options.identity)) return count(&self.counters.for_others);
    const t3_ns = answer.stamp.ns() orelse return count(&self.counters.implausible);
    const sample = self.peer.followedUp(header.sequence, .{
        .peer = header.source,
        .t3_ns = t3_ns,
        .correction = header.correction,
    }) orelse return;
    addPeerDelay(self, actions, sample);
}

pub fn addPeerDelay(self: *Port, actions: *Actions, sample: peer_delay.Sample) void {
    actions.add(.{ .measured = self.slave.peerDelayed(sample) });
}

fn receiveSignaling(
    self: *Port,
    actions: *Actions,
    parsed: message.Message,
    target: message.PortIdentity,
    from: u32,
    now_ns: i64,
) void {
    if (!target.targets(self.options.identity)) return count(&self.counters.signaling);
    if (self.unicast.isOn() and from < self.unicast.options.master_count) {
        self.unicast.receive(&self.sender, actions, from, parsed.tlv_bytes, now_ns);
    } else if (self.state == .master) {
        self.grandmaster.?.receive(&self.sender, actions, from, parsed.tlv_bytes, now_ns);
    } else count(&self.counters.signaling);
}

fn receiveManagement(
    self: *Port,
    actions: *Actions,
    parsed: message.Message,
    management: message.Management,
) void {
    self.counters.management += 1;
    const parent = self.parent orelse return;
    const source = parsed.header.source;
    const is_ours = source.equals(parent.port) or source.clock.equals(parent.announce.grandmaster);
    if (management.action != .command or !is_ours or !management.target.targets(self.options.identity)) return;
    var all = parsed.tlvs();
    while (all.next()) |one| {
        const metadata = synchronization_metadata.SynchronizationMetadata.read(one) orelse continue;
        actions.add(.{ .metadata = metadata });
    }
}

fn count(counter: *u64) void {
    counter.* += 1;
}
