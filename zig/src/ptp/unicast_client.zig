//! Asking masters to send to us alone (IEEE 1588-2008 section 16.1): a grant is for a time and must be renewed.
//!
//! All masters are asked for Announce, so that the best can be chosen; only the chosen one for Sync and Delay_Resp,
//! and these are cancelled when another is chosen. A request without answer is repeated after one second, three times,
//! then every ten; a refusal or a cancellation is followed by ten seconds of rest. A master that has granted and is not
//! heard may have begun anew and know of nothing: it is asked again. The times are ours: the standard leaves them to
//! profiles.

const std = @import("std");
const actions_module = @import("actions.zig");
const header = @import("header.zig");
const timestamp = @import("timestamp.zig");
const tlv = @import("tlv.zig");

const Actions = actions_module.Actions;
const Sender = actions_module.Sender;

pub const masters_max = 8;
const retry_ns = std.time.ns_per_s;
const rest_ns = 10 * std.time.ns_per_s;
const quick_tries = 3;
/// A granted Announce that has not come for so long, and for its receipt timeout and an interval, will not come.
const silence_ns_min = 2 * std.time.ns_per_s;

pub const types = [_]header.Type{ .announce, .sync, .delay_resp };

pub const Options = struct {
    /// The edge's numbers 0 to count - 1 are the addresses of the masters. 0 is multicast.
    master_count: u32 = 0,
    /// How long a grant is asked for.
    duration_s: u32 = 300,
};

pub const Counters = struct {
    requests: u64 = 0,
    grants: u64 = 0,
    refusals: u64 = 0,
    cancellations: u64 = 0,
    /// A grant that ran out.
    expiries: u64 = 0,
    /// Answers to what was not asked.
    strays: u64 = 0,
};

const Term = struct {
    is_asked: bool = false,
    tries: u32 = 0,
    next_ns: i64 = std.math.minInt(i64),
    expires_ns: ?i64 = null,
    log_interval: i8 = 0,
    /// The last message of the grant, or the grant; only of Announce.
    heard_ns: i64 = 0,

    fn silentNs(self: Term, receipt_timeout: u8) i64 {
        const silence_ns = timestamp.intervalNs(self.log_interval) * (@as(i64, receipt_timeout) + 1);
        return self.heard_ns +| @max(silence_ns, silence_ns_min);
    }
};

pub const UnicastClient = struct {
    options: Options,
    /// Intervals asked for, in the order of `types`.
    log_intervals: [types.len]i8,
    /// announceReceiptTimeout, in intervals.
    receipt_timeout: u8,
    with_delay: bool,
    terms: [masters_max][types.len]Term = @splat(@splat(.{})),
    sequence: u16 = 0,
    counters: Counters = .{},

    pub fn isOn(self: *const UnicastClient) bool {
        return self.options.master_count > 0;
    }

    /// The interval that a master has granted; null if it has not.
    pub fn granted(self: *const UnicastClient, master: u32, message_type: header.Type, now_ns: i64) ?i8 {
        if (master >= self.options.master_count) return null;
        const term = self.terms[master][indexOf(message_type) orelse return null];
        const expires_ns = term.expires_ns orelse return null;
        return if (now_ns < expires_ns) term.log_interval else null;
    }

    /// An Announce came.
    pub fn heard(self: *UnicastClient, master: u32, now_ns: i64) void {
        if (master < self.options.master_count) self.terms[master][0].heard_ns = now_ns;
    }

    /// What was granted does not come: it is asked for again.
    pub fn forget(self: *UnicastClient, master: u32, message_type: header.Type) void {
        if (master < self.options.master_count) self.terms[master][indexOf(message_type).?] = .{};
    }

    /// Sends what is due; `chosen` is the master that is followed.
    pub fn tick(self: *UnicastClient, sender: *Sender, actions: *Actions, chosen: ?u32, now_ns: i64) void {
        for (0..self.options.master_count) |master| {
            if (actions.room() == 0) return;
            var buffer: [64]u8 = undefined;
            var writer: tlv.Writer = .{ .target = &buffer };
            for (types, 0..) |message_type, index| {
                const term = &self.terms[master][index];
                if (term.expires_ns) |expires_ns| if (now_ns >= expires_ns) {
                    self.counters.expiries += 1;
                    term.expires_ns = null;
                } else if (message_type == .announce and now_ns >= term.silentNs(self.receipt_timeout)) {
                    term.* = .{};
                };
                if (!self.isWanted(message_type, @intCast(master), chosen)) {
                    if (term.expires_ns != null or term.is_asked) writer.cancel(message_type) catch unreachable;
                    term.* = .{};
                    continue;
                }
                if (now_ns < term.next_ns) continue;
                term.is_asked = true;
                term.tries +|= 1;
                term.next_ns = now_ns +| if (term.tries <= quick_tries) @as(i64, retry_ns) else rest_ns;
                self.counters.requests += 1;
                // Three requests and three cancellations fit into the buffer.
                writer.request(.{
                    .type = message_type,
                    .log_interval = self.log_intervals[index],
                    .duration_s = self.options.duration_s,
                }) catch unreachable;
            }
            if (writer.position > 0) self.signal(sender, actions, @intCast(master), writer.written());
        }
    }

    /// A Signaling message for us from an address. Whether anything in it was ours.
    pub fn receive(
        self: *UnicastClient,
        sender: *Sender,
        actions: *Actions,
        from: u32,
        tlv_bytes: []const u8,
        now_ns: i64,
    ) void {
        if (from >= self.options.master_count) return;
        var all: tlv.Iterator = .{ .bytes = tlv_bytes };
        while (all.next()) |one| switch (one.type) {
            .grant_unicast_transmission => if (tlv.Grant.read(one.value)) |grant| {
                self.receiveGrant(actions, from, grant, now_ns);
            },
            .cancel_unicast_transmission => if (tlv.readCancelled(one.value)) |message_type| {
                self.receiveCancel(sender, actions, from, message_type, now_ns);
            },
            else => {},
        };
    }

    fn receiveGrant(self: *UnicastClient, actions: *Actions, from: u32, grant: tlv.Grant, now_ns: i64) void {
        const index = indexOf(grant.type) orelse return self.stray();
        const term = &self.terms[from][index];
        if (!term.is_asked) return self.stray();
        term.is_asked = false;
        if (grant.duration_s == 0) {
            self.counters.refusals += 1;
            term.next_ns = now_ns +| rest_ns;
            actions.add(.{ .unicast_refused = .{ .master = from, .type = grant.type } });
            return;
        }
        self.counters.grants += 1;
        const duration_ns = @as(i64, grant.duration_s) * std.time.ns_per_s;
        term.tries = 0;
        term.expires_ns = now_ns +| duration_ns;
        term.log_interval = std.math.clamp(grant.log_interval, -7, 6);
        term.heard_ns = now_ns;
        term.next_ns = now_ns +| @divFloor(duration_ns, 4) * 3;
    }

    fn receiveCancel(
        self: *UnicastClient,
        sender: *Sender,
        actions: *Actions,
        from: u32,
        message_type: header.Type,
        now_ns: i64,
    ) void {
        const index = indexOf(message_type) orelse return self.stray();
        // Acknowledged even if there is nothing to cancel: our last acknowledgement may have been lost.
        var buffer: [8]u8 = undefined;
        var writer: tlv.Writer = .{ .target = &buffer };
        writer.acknowledgeCancel(message_type) catch unreachable;
        self.signal(sender, actions, from, writer.written());
        const term = &self.terms[from][index];
        if (term.expires_ns == null) return self.stray();
        self.counters.cancellations += 1;
        term.* = .{ .next_ns = now_ns +| rest_ns };
        actions.add(.{ .unicast_refused = .{ .master = from, .type = message_type } });
    }

    fn stray(self: *UnicastClient) void {
        self.counters.strays += 1;
    }

    /// When `tick` has something to do next.
    pub fn deadlineNs(self: *const UnicastClient, chosen: ?u32) ?i64 {
        var earliest_ns: ?i64 = null;
        for (0..self.options.master_count) |master| {
            for (types, self.terms[master]) |message_type, term| {
                if (!self.isWanted(message_type, @intCast(master), chosen)) continue;
                var next_ns = term.next_ns;
                if (term.expires_ns) |expires_ns| {
                    next_ns = @min(next_ns, expires_ns);
                    if (message_type == .announce) next_ns = @min(next_ns, term.silentNs(self.receipt_timeout));
                }
                earliest_ns = if (earliest_ns) |other_ns| @min(other_ns, next_ns) else next_ns;
            }
        }
        return earliest_ns;
    }

    /// Takes everything back, when the port stops.
    pub fn stop(self: *UnicastClient, sender: *Sender, actions: *Actions) void {
        for (0..self.options.master_count) |master| {
            var buffer: [32]u8 = undefined;
            var writer: tlv.Writer = .{ .target = &buffer };
            for (types, &self.terms[master]) |message_type, *term| {
                if (term.expires_ns != null or term.is_asked) writer.cancel(message_type) catch unreachable;
                term.* = .{};
            }
            if (writer.position > 0) self.signal(sender, actions, @intCast(master), writer.written());
        }
    }

    fn isWanted(self: *const UnicastClient, message_type: header.Type, master: u32, chosen: ?u32) bool {
        if (message_type == .announce) return true;
        if (message_type == .delay_resp and !self.with_delay) return false;
        return if (chosen) |one| one == master else false;
    }

    fn signal(self: *UnicastClient, sender: *Sender, actions: *Actions, master: u32, tlv_bytes: []const u8) void {
        _ = sender.send(actions, .{ .signaling = .all }, .{
            .destination = .{ .unicast = master },
            .sequence = self.sequence,
            .tlv_bytes = tlv_bytes,
        });
        self.sequence +%= 1;
    }
};

fn indexOf(message_type: header.Type) ?usize {
    return std.mem.indexOfScalar(header.Type, &types, message_type);
}
