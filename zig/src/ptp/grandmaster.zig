//! Being the master: Announce, Sync and answers, for tests and for set-ups with no other grandmaster.
//!
//! Its time is that of the local clock and an offset that the edge sets; it claims to be traceable to nothing. Sync is
//! two-step, or one-step where the edge writes the time as it sends. Others may ask for messages of their own (unicast
//! negotiation, IEEE 1588-2008 section 16.1); how many is fixed, and the rest is refused.

const std = @import("std");
const actions_module = @import("actions.zig");
const header = @import("header.zig");
const message = @import("message.zig");
const timestamp = @import("timestamp.zig");
const tlv = @import("tlv.zig");

const Actions = actions_module.Actions;
const Destination = actions_module.Destination;
const Sender = actions_module.Sender;

pub const terms_max = 48;
pub const open_max = 16;

pub const Options = struct {
    /// What is announced. Class 248 is the default; below 128 the clock never follows another.
    announce: message.Announce,
    /// utc_offset_valid, ptp_timescale, leap seconds; traceability only if somebody vouches for it.
    flags: message.Flags = .{ .ptp_timescale = true },
    two_step: bool = true,
    /// Send to all; without it only to those who ask.
    multicast: bool = true,
    /// Refuses every request for unicast.
    refuse_unicast: bool = false,
    /// A longer grant is cut to this.
    duration_s_max: u32 = 3600,
};

pub const Intervals = struct { announce: i8, sync: i8, delay: i8 };

const Term = struct {
    to: u32,
    type: header.Type,
    interval_ns: i64,
    next_ns: i64,
    expires_ns: i64,
    sequence: u16 = 0,
};

const Open = struct { token: u32, sequence: u16, destination: Destination };

pub const Grandmaster = struct {
    options: Options,
    intervals: Intervals,
    announce_next_ns: i64 = 0,
    sync_next_ns: i64 = 0,
    announce_sequence: u16 = 0,
    sync_sequence: u16 = 0,
    signaling_sequence: u16 = 0,
    terms: [terms_max]Term = undefined,
    term_count: usize = 0,
    open: [open_max]Open = undefined,
    open_count: usize = 0,
    /// Two-step Sync without a time of sending.
    lost_count: u64 = 0,

    pub fn start(self: *Grandmaster, now_ns: i64) void {
        self.announce_next_ns = now_ns;
        self.sync_next_ns = now_ns;
        self.open_count = 0;
    }

    /// Sends what is due.
    pub fn tick(self: *Grandmaster, sender: *Sender, actions: *Actions, now_ns: i64) void {
        if (self.options.multicast and actions.room() >= 2) {
            if (now_ns >= self.announce_next_ns) {
                const interval_ns = timestamp.intervalNs(self.intervals.announce);
                self.announce_next_ns = following(self.announce_next_ns, interval_ns, now_ns);
                self.sendAnnounce(sender, actions, .multicast, self.announce_sequence, self.intervals.announce);
                self.announce_sequence +%= 1;
            }
            if (now_ns >= self.sync_next_ns) {
                self.sync_next_ns = following(self.sync_next_ns, timestamp.intervalNs(self.intervals.sync), now_ns);
                self.sendSync(sender, actions, .multicast, self.sync_sequence, self.intervals.sync);
                self.sync_sequence +%= 1;
            }
        }
        var index: usize = 0;
        while (index < self.term_count) {
            const term = &self.terms[index];
            if (now_ns >= term.expires_ns) {
                self.removeTerm(index);
                continue;
            }
            index += 1;
            if (term.type == .delay_resp or now_ns < term.next_ns or actions.room() == 0) continue;
            term.next_ns = following(term.next_ns, term.interval_ns, now_ns);
            const to: Destination = .{ .unicast = term.to };
            if (term.type == .announce) {
                self.sendAnnounce(sender, actions, to, term.sequence, timestamp.interval_unknown);
            } else {
                self.sendSync(sender, actions, to, term.sequence, timestamp.interval_unknown);
            }
            term.sequence +%= 1;
        }
    }

    /// The next instant of a row; what has passed is left out, not caught up.
    fn following(due_ns: i64, interval_ns: i64, now_ns: i64) i64 {
        return if (now_ns - due_ns < interval_ns) due_ns + interval_ns else now_ns + interval_ns;
    }

    fn sendAnnounce(
        self: *Grandmaster,
        sender: *Sender,
        actions: *Actions,
        to: Destination,
        sequence: u16,
        log_interval: i8,
    ) void {
        _ = sender.send(actions, .{ .announce = self.options.announce }, .{
            .destination = to,
            .sequence = sequence,
            .flags = self.options.flags,
            .log_interval = log_interval,
        });
    }

    fn sendSync(
        self: *Grandmaster,
        sender: *Sender,
        actions: *Actions,
        to: Destination,
        sequence: u16,
        log_interval: i8,
    ) void {
        const token = sender.send(actions, .{ .sync = .{} }, .{
            .destination = to,
            .sequence = sequence,
            .flags = .{ .two_step = self.options.two_step },
            .log_interval = log_interval,
            .stamp_on_send = !self.options.two_step,
        });
        if (!self.options.two_step) return;
        if (self.open_count == open_max) self.removeOpen(0, true);
        self.open[self.open_count] = .{ .token = token, .sequence = sequence, .destination = to };
        self.open_count += 1;
    }

    /// The two-step Sync that had this token.
    pub fn findOpen(self: *const Grandmaster, token: u32) ?usize {
        for (self.open[0..self.open_count], 0..) |one, index| {
            if (one.token == token) return index;
        }
        return null;
    }

    /// The Sync left: its Follow_Up goes.
    pub fn sent(self: *Grandmaster, sender: *Sender, actions: *Actions, index: usize, left: message.Timestamp) void {
        const one = self.open[index];
        _ = sender.send(actions, .{ .follow_up = left }, .{
            .destination = one.destination,
            .sequence = one.sequence,
            .log_interval = if (one.destination == .multicast) self.intervals.sync else timestamp.interval_unknown,
        });
        self.removeOpen(index, false);
    }

    /// A Delay_Req that came at `received` in PTP time. One in unicast is answered in unicast, with or without a grant:
    /// many send it so in answer to a multicast master.
    pub fn answerDelay(
        self: *Grandmaster,
        sender: *Sender,
        actions: *Actions,
        asked: message.Header,
        from: u32,
        received: message.Timestamp,
    ) void {
        const is_unicast = asked.flags.unicast;
        _ = sender.send(actions, .{ .delay_resp = .{ .stamp = received, .requesting = asked.source } }, .{
            .destination = if (is_unicast) .{ .unicast = from } else .multicast,
            .sequence = asked.sequence,
            .correction = asked.correction,
            .log_interval = if (is_unicast) timestamp.interval_unknown else self.intervals.delay,
        });
    }

    /// A Signaling message for us.
    pub fn receive(
        self: *Grandmaster,
        sender: *Sender,
        actions: *Actions,
        from: u32,
        tlv_bytes: []const u8,
        now_ns: i64,
    ) void {
        var buffer: [64]u8 = undefined;
        var writer: tlv.Writer = .{ .target = &buffer };
        var all: tlv.Iterator = .{ .bytes = tlv_bytes };
        while (all.next()) |one| switch (one.type) {
            .request_unicast_transmission => if (tlv.Request.read(one.value)) |request| {
                // What does not fit into one answer is asked for again.
                writer.grant(self.grantFor(from, request, now_ns)) catch break;
            },
            .cancel_unicast_transmission => if (tlv.readCancelled(one.value)) |message_type| {
                if (self.findTerm(from, message_type)) |index| self.removeTerm(index);
                writer.acknowledgeCancel(message_type) catch break;
            },
            else => {},
        };
        if (writer.position == 0) return;
        _ = sender.send(actions, .{ .signaling = .all }, .{
            .destination = .{ .unicast = from },
            .sequence = self.signaling_sequence,
            .tlv_bytes = writer.written(),
        });
        self.signaling_sequence +%= 1;
    }

    fn grantFor(self: *Grandmaster, from: u32, request: tlv.Request, now_ns: i64) tlv.Grant {
        var grant: tlv.Grant = .{ .type = request.type, .log_interval = request.log_interval, .duration_s = 0 };
        const is_possible = switch (request.type) {
            .announce, .sync, .delay_resp => !self.options.refuse_unicast and request.duration_s > 0,
            else => false,
        };
        if (!is_possible or request.log_interval < -7 or request.log_interval > 6) return grant;
        const known = self.findTerm(from, request.type);
        const index = known orelse self.term_count;
        if (index == terms_max) return grant;
        grant.duration_s = @min(request.duration_s, self.options.duration_s_max);
        const kept: ?Term = if (known) |one| self.terms[one] else null;
        self.terms[index] = .{
            .to = from,
            .type = request.type,
            .interval_ns = timestamp.intervalNs(request.log_interval),
            .next_ns = if (kept) |one| one.next_ns else now_ns,
            .expires_ns = now_ns + @as(i64, grant.duration_s) * std.time.ns_per_s,
            .sequence = if (kept) |one| one.sequence else 0,
        };
        if (known == null) self.term_count += 1;
        return grant;
    }

    pub fn deadlineNs(self: *const Grandmaster) i64 {
        var earliest_ns: i64 = std.math.maxInt(i64);
        if (self.options.multicast) earliest_ns = @min(self.announce_next_ns, self.sync_next_ns);
        for (self.terms[0..self.term_count]) |term| {
            const next_ns = if (term.type == .delay_resp) term.expires_ns else @min(term.next_ns, term.expires_ns);
            earliest_ns = @min(earliest_ns, next_ns);
        }
        return earliest_ns;
    }

    fn findTerm(self: *Grandmaster, to: u32, message_type: header.Type) ?usize {
        for (self.terms[0..self.term_count], 0..) |term, index| {
            if (term.to == to and term.type == message_type) return index;
        }
        return null;
    }

    fn removeTerm(self: *Grandmaster, index: usize) void {
        self.term_count -= 1;
        self.terms[index] = self.terms[self.term_count];
    }

    fn removeOpen(self: *Grandmaster, index: usize, is_lost: bool) void {
        if (is_lost) self.lost_count += 1;
        self.open_count -= 1;
        for (index..self.open_count) |i| self.open[i] = self.open[i + 1];
    }
};
