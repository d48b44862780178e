//! A PTP port of an ordinary clock: slave-only unless it is asked to be master (IEEE 1588-2008 section 9, 2019 where it
//! differs; states from figure 23 and decisions from figure 26, both from memory).
//!
//! Messages, times of sending and the time come in; actions go out. All times that end in `now_ns` are of one monotonic
//! clock; stamps are of the local clock that is measured, which may be the same one. Nothing is allocated, and a port
//! belongs to one thread.
//!
//! Departures: there is no PRE_MASTER, because an ordinary clock has nothing to wait for in it (its qualification time
//! is 0), and no DISABLED: a port that is not started is `initializing`. Management messages are not answered: an
//! implementation may leave them out. The ST 2059-2 metadata in them are read.

const std = @import("std");
const actions_module = @import("actions.zig");
const data_set = @import("data_set.zig");
const foreign_masters = @import("foreign_masters.zig");
const grandmaster = @import("grandmaster.zig");
const message = @import("message.zig");
const peer_delay = @import("peer_delay.zig");
const port_options = @import("port_options.zig");
const port_receiver = @import("port_receiver.zig");
const slave = @import("slave.zig");
const timescale = @import("timescale.zig");
const timestamp = @import("timestamp.zig");
const unicast_client = @import("unicast_client.zig");

pub const Options = port_options.Options;
pub const Counters = port_options.Counters;
const Actions = actions_module.Actions;
const Parent = actions_module.Parent;
const State = actions_module.State;

/// At one instant, what the local clock said and what the machine's UTC was.
pub const LocalUtc = struct { local_ns: i64, utc_ns: i64 };

pub const Port = struct {
    options: Options,
    state: State = .initializing,
    sender: actions_module.Sender,
    random: std.Random.DefaultPrng,
    masters: foreign_masters.ForeignMasters,
    parent: ?Parent = null,
    slave: slave.Slave,
    peer: peer_delay.PeerRequester = .{},
    responder: peer_delay.PeerResponder = .{},
    unicast: unicast_client.UnicastClient,
    grandmaster: ?grandmaster.Grandmaster = null,
    /// PTP time less local clock, for what we send as a master or to a neighbour.
    local_to_ptp_ns: i64 = 0,
    local_utc: ?LocalUtc = null,
    timescale: ?timescale.Finding = null,
    announce_deadline_ns: i64 = 0,
    decision_next_ns: i64 = 0,
    peer_next_ns: i64 = 0,
    request_log_interval: i8,
    request_sequence: u16 = 0,
    peer_sequence: u16 = 0,
    counters: Counters = .{},

    /// The profile has no mistake: that is for whoever takes it from a user.
    pub fn init(options: Options) Port {
        const profile = options.profile;
        std.debug.assert(profile.mistake() == null);
        var port: Port = .{
            .options = options,
            .sender = .{
                .source = options.identity,
                .domain = profile.domain,
                .minor_version = options.minor_version,
            },
            .random = .init(options.seed),
            .masters = .{ .receiver = options.identity },
            .slave = .{ .asymmetry_ns = options.asymmetry_ns },
            .unicast = .{
                .options = options.unicast,
                .log_intervals = .{
                    profile.announce_log_interval,
                    profile.sync_log_interval,
                    profile.delay_request_log_interval,
                },
                .receipt_timeout = profile.announce_receipt_timeout,
                .with_delay = profile.delay_mechanism == .end_to_end,
            },
            .request_log_interval = profile.delay_request_log_interval,
        };
        // Another program on the network card may be a port of the same name: answers to it have other numbers.
        port.request_sequence = port.random.random().int(u16);
        port.peer_sequence = port.random.random().int(u16);
        port.unicast.options.master_count = @min(options.unicast.master_count, unicast_client.masters_max);
        if (options.grandmaster) |one| {
            var with_identity = one;
            with_identity.announce.grandmaster = options.identity.clock;
            with_identity.announce.steps_removed = 0;
            port.grandmaster = .{ .options = with_identity, .intervals = .{
                .announce = profile.announce_log_interval,
                .sync = profile.sync_log_interval,
                .delay = profile.delay_request_log_interval,
            } };
        }
        return port;
    }

    /// Begins, or begins again after a fault.
    pub fn start(self: *Port, actions: *Actions, now_ns: i64) void {
        self.masters.clear();
        self.peer_next_ns = now_ns;
        self.decision_next_ns = now_ns;
        self.listen(actions, now_ns);
    }

    /// The edge cannot send or receive. Until `start` nothing is done.
    pub fn fault(self: *Port, actions: *Actions) void {
        self.leaveParent(actions);
        self.become(actions, .faulty);
    }

    /// Takes back what was asked of unicast masters, and does nothing more until `start`.
    pub fn stop(self: *Port, actions: *Actions) void {
        self.unicast.stop(&self.sender, actions);
        self.leaveParent(actions);
        self.become(actions, .initializing);
    }

    /// Whether the servo follows the parent well: UNCALIBRATED becomes SLAVE, and the other way round.
    pub fn setLocked(self: *Port, actions: *Actions, locked: bool) void {
        if (locked and self.state == .uncalibrated) self.become(actions, .slave);
        if (!locked and self.state == .slave) self.become(actions, .uncalibrated);
    }

    /// The servo's rate: master's seconds per second of the local clock.
    pub fn setRateRatio(self: *Port, ratio: f64) void {
        self.slave.rate_ratio = ratio;
    }

    /// A datagram with the edge's number for its sender; the time of receipt is wanted for event messages.
    pub fn receive(self: *Port, actions: *Actions, bytes: []const u8, from: u32, stamp_ns: ?i64, now_ns: i64) void {
        port_receiver.receive(self, actions, bytes, from, stamp_ns, now_ns);
    }

    /// When the message of a token left, by the local clock.
    pub fn sent(self: *Port, actions: *Actions, token: u32, stamp_ns: i64) void {
        if (self.slave.requests.sent(token, stamp_ns)) |sample| return port_receiver.addDelay(self, actions, sample);
        if (self.peer.sent(token, stamp_ns)) |sample| return port_receiver.addPeerDelay(self, actions, sample);
        if (self.responder.find(token)) |index| {
            const left = self.ptpOf(stamp_ns) orelse return;
            return self.responder.sent(&self.sender, actions, index, left);
        }
        if (self.grandmaster) |*one| if (one.findOpen(token)) |index| {
            const left = self.ptpOf(stamp_ns) orelse return;
            one.sent(&self.sender, actions, index, left);
        };
    }

    /// Does what is due. To be called at `deadlineNs` at the latest; earlier does no harm.
    pub fn tick(self: *Port, actions: *Actions, now_ns: i64) void {
        if (!self.isRunning()) return;
        self.checkTimeouts(actions, now_ns);
        if (now_ns >= self.decision_next_ns) {
            self.decision_next_ns = now_ns + self.announceIntervalNs();
            self.decide(actions, now_ns);
        }
        self.requestDelay(actions, now_ns);
        self.requestPeerDelay(actions, now_ns);
        self.unicast.tick(&self.sender, actions, self.chosen(), now_ns);
        if (self.state == .master) self.grandmaster.?.tick(&self.sender, actions, now_ns);
    }

    pub fn deadlineNs(self: *const Port) i64 {
        if (!self.isRunning()) return std.math.maxInt(i64);
        var earliest_ns = self.decision_next_ns;
        const is_timed = self.parent != null or (self.state == .listening and self.grandmaster != null);
        if (is_timed) earliest_ns = @min(earliest_ns, self.announce_deadline_ns);
        if (self.slave.sync_deadline_ns) |one| earliest_ns = @min(earliest_ns, one);
        if (self.slave.request_next_ns) |one| earliest_ns = @min(earliest_ns, one);
        if (self.options.profile.delay_mechanism == .peer_to_peer) earliest_ns = @min(earliest_ns, self.peer_next_ns);
        if (self.unicast.deadlineNs(self.chosen())) |one| earliest_ns = @min(earliest_ns, one);
        if (self.state == .master) earliest_ns = @min(earliest_ns, self.grandmaster.?.deadlineNs());
        return earliest_ns;
    }

    pub fn isRunning(self: *const Port) bool {
        return self.state != .initializing and self.state != .faulty;
    }

    /// The unicast master that is followed.
    fn chosen(self: *const Port) ?u32 {
        return if (self.parent) |parent| parent.from else null;
    }

    fn announceIntervalNs(self: *const Port) i64 {
        return timestamp.intervalNs(self.options.profile.announce_log_interval);
    }

    /// With up to one interval more by chance, so that several clocks do not become master at once (IEEE 1588-2008
    /// section 9.2.6.11), and so that an Announce that comes just when the time is over is in time.
    pub fn announceTimeoutNs(self: *Port, interval_ns: i64) i64 {
        const part_ns: i64 = @intFromFloat(self.random.random().float(f64) * @as(f64, @floatFromInt(interval_ns)));
        return self.options.profile.announce_receipt_timeout * interval_ns + part_ns;
    }

    pub fn ptpOf(self: *Port, stamp_ns: i64) ?message.Timestamp {
        const found = message.Timestamp.fromNs(stamp_ns +| self.local_to_ptp_ns);
        if (found == null) self.counters.implausible += 1;
        return found;
    }

    fn become(self: *Port, actions: *Actions, state: State) void {
        if (self.state == state) return;
        self.state = state;
        actions.add(.{ .state = state });
    }

    fn leaveParent(self: *Port, actions: *Actions) void {
        self.masters.parent = null;
        self.slave.reset(self.options.profile.delay_mechanism == .peer_to_peer);
        self.timescale = null;
        if (self.parent == null) return;
        self.parent = null;
        actions.add(.{ .parent = null });
    }

    fn listen(self: *Port, actions: *Actions, now_ns: i64) void {
        self.leaveParent(actions);
        if (self.state != .listening) {
            self.announce_deadline_ns = now_ns + self.announceTimeoutNs(self.announceIntervalNs());
        }
        self.become(actions, .listening);
    }

    fn checkTimeouts(self: *Port, actions: *Actions, now_ns: i64) void {
        if (self.parent) |parent| if (now_ns >= self.announce_deadline_ns) {
            self.counters.announce_timeouts += 1;
            actions.add(.{ .announce_timeout = parent.port });
            self.masters.remove(parent.port);
            self.masters.parent = null;
            self.decide(actions, now_ns);
        };
        if (self.state == .listening and self.grandmaster != null and now_ns >= self.announce_deadline_ns) {
            self.lead(actions, now_ns);
        }
        if (self.slave.sync_deadline_ns) |deadline_ns| if (now_ns >= deadline_ns) {
            self.slave.sync_deadline_ns = null; // until the next Sync
            self.slave.request_next_ns = null;
            self.counters.sync_timeouts += 1;
            const parent = self.parent.?;
            actions.add(.{ .sync_timeout = parent.port });
            self.setLocked(actions, false);
            self.unicast.forget(parent.from, .sync);
            self.unicast.forget(parent.from, .delay_resp);
        };
    }

    /// The state decision (IEEE 1588-2008 figure 26) for a clock with one port.
    pub fn decide(self: *Port, actions: *Actions, now_ns: i64) void {
        self.masters.expire(now_ns);
        const found = self.masters.best(now_ns);
        const own = if (self.grandmaster) |one| one.options.announce else {
            if (found) |best| self.follow(actions, best, now_ns) else self.listen(actions, now_ns);
            return;
        };
        const best = found orelse {
            // A port that has just begun to listen waits for its timeout; one that has lost its master leads.
            if (self.state != .listening) self.lead(actions, now_ns);
            return;
        };
        const d0: data_set.DataSet = .own(own, self.options.identity.clock);
        if (data_set.compare(d0, self.masters.dataSet(best)).isA()) {
            self.lead(actions, now_ns);
        } else if (own.quality.class < 128) {
            self.leaveParent(actions);
            self.become(actions, .passive);
        } else {
            self.follow(actions, best, now_ns);
        }
    }

    fn lead(self: *Port, actions: *Actions, now_ns: i64) void {
        if (self.state == .master) return;
        self.leaveParent(actions);
        self.grandmaster.?.start(now_ns);
        self.become(actions, .master);
    }

    fn follow(self: *Port, actions: *Actions, best: foreign_masters.Master, now_ns: i64) void {
        const parent: Parent = .{
            .port = best.port,
            .from = best.from,
            .announce = best.announce,
            .flags = best.flags,
        };
        if (self.parent) |known| if (known.port.equals(best.port)) {
            self.parent = parent;
            if (!std.meta.eql(known.flags, parent.flags) or !isSameNews(known.announce, parent.announce)) {
                actions.add(.{ .announced = parent });
            }
            return;
        };
        self.slave.reset(self.options.profile.delay_mechanism == .peer_to_peer);
        self.timescale = null;
        self.request_log_interval = self.options.profile.delay_request_log_interval;
        self.masters.parent = best.port;
        self.parent = parent;
        self.announce_deadline_ns = best.newest_ns + self.announceTimeoutNs(best.interval_ns);
        self.slave.sync_deadline_ns = now_ns + self.syncTimeoutNs(null, now_ns);
        self.counters.parent_changes += 1;
        actions.add(.{ .parent = parent });
        self.become(actions, .uncalibrated);
    }

    fn isSameNews(a: message.Announce, b: message.Announce) bool {
        var with_origin = a;
        with_origin.origin = b.origin;
        return std.meta.eql(with_origin, b);
    }

    pub fn syncTimeoutNs(self: *const Port, log_interval: ?i8, now_ns: i64) i64 {
        const granted = self.unicast.granted(self.parent.?.from, .sync, now_ns);
        const log = log_interval orelse granted orelse self.options.profile.sync_log_interval;
        return timestamp.intervalNs(std.math.clamp(log, -7, 4)) * @max(self.options.sync_timeout, 1);
    }

    fn requestDelay(self: *Port, actions: *Actions, now_ns: i64) void {
        const next_ns = self.slave.request_next_ns orelse return;
        if (now_ns < next_ns or actions.room() == 0) return;
        const wait_ns = slave.requestWaitNs(self.random.random(), self.request_log_interval);
        self.slave.request_next_ns = now_ns + wait_ns;
        const from = self.parent.?.from;
        if (self.unicast.isOn() and self.unicast.granted(from, .delay_resp, now_ns) == null) return;
        const to_master = self.unicast.isOn() or self.options.unicast_delay;
        const token = self.sender.send(actions, .{ .delay_req = .{} }, .{
            .destination = if (to_master) .{ .unicast = from } else .multicast,
            .sequence = self.request_sequence,
        });
        self.slave.requests.begin(self.request_sequence, token);
        self.request_sequence +%= 1;
    }

    fn requestPeerDelay(self: *Port, actions: *Actions, now_ns: i64) void {
        const profile = self.options.profile;
        if (profile.delay_mechanism != .peer_to_peer or now_ns < self.peer_next_ns or actions.room() == 0) return;
        self.peer_next_ns = now_ns + slave.peerWaitNs(self.random.random(), profile.peer_delay_log_interval);
        const token = self.sender.send(actions, .{ .pdelay_req = .{} }, .{
            .destination = .peer,
            .sequence = self.peer_sequence,
        });
        self.peer.begin(self.peer_sequence, token);
        self.peer_sequence +%= 1;
    }
};
