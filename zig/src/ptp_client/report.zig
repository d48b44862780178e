//! How the state of a client is told: its parts as the structs of statistics.zig.

const std = @import("std");
const net = @import("../net.zig");
const ptp = @import("../ptp.zig");
const statistics_module = @import("statistics.zig");
const tai = @import("../tai.zig");
const Client = @import("client.zig").Client;

const Endpoint = net.endpoint.Endpoint;
const Flags = ptp.message.Flags;
const Master = statistics_module.Master;
const Masters = statistics_module.Masters;
const Metadata = ptp.synchronization_metadata.SynchronizationMetadata;
const Statistics = statistics_module.Statistics;

/// The type of a message of version 2 and of this domain, whole or not; null for others.
pub fn typeOf(bytes: []const u8, domain: u8) ?ptp.header.Type {
    if (bytes.len < ptp.header.header_bytes or bytes[1] & 0xf != 2 or bytes[4] != domain) return null;
    return ptp.header.Type.of(@truncate(bytes[0] & 0xf));
}

pub fn numberOf(identity: ptp.identity.ClockIdentity) u64 {
    return std.mem.readInt(u64, &identity.bytes, .big);
}

/// Leap seconds, validity of UTC, timescale, both traceabilities and uncertainty: the low seven bits as they are.
fn flagBits(flags: Flags) u32 {
    return @as(u16, @bitCast(flags)) & 0x7F;
}

/// Brings everything up to date that is not counted where it happens.
pub fn tell(client: *Client, target: *Statistics, now_ns: i64) void {
    const port = &client.port;
    const discipline = &client.discipline;
    const local_ns = client.clock.localAt(now_ns);
    target.now_ns = @intCast(now_ns);
    target.port_state = @backingInt(port.state);
    target.clock_state = @backingInt(discipline.state());
    target.is_publisher = @intFromBool(client.publisher != null);
    target.publisher_pid = tai.publisherPid();
    target.leads_untraceable = @intFromBool(port.state == .master);
    target.foreign_master_count = @intCast(port.masters.count);
    putParent(target, port.parent);
    target.timescale = if (port.timescale) |finding| @as(u32, @backingInt(finding)) + 1 else 0;
    putOffsets(target, &discipline.statistics);
    const path_delay_ns = discipline.pathDelayNs();
    target.has_path_delay = @intFromBool(path_delay_ns != null);
    target.path_delay_ns = path_delay_ns orelse 0;
    target.frequency_ppb = discipline.frequencyPpb();
    target.error_ns = discipline.mapping().errorAt(local_ns);
    target.steps = discipline.mapping().steps;
    target.moves = discipline.counters.moved;
    putCounters(client, target);
}

fn putParent(target: *Statistics, parent: ?ptp.actions.Parent) void {
    target.has_master = @intFromBool(parent != null);
    const one = parent orelse return;
    target.parent_identity = numberOf(one.port.clock);
    target.parent_port = one.port.port;
    target.grandmaster_identity = numberOf(one.announce.grandmaster);
    target.grandmaster_class = one.announce.quality.class;
    target.grandmaster_accuracy = one.announce.quality.accuracy;
    target.grandmaster_variance = one.announce.quality.variance;
    target.grandmaster_priority_1 = one.announce.priority_1;
    target.grandmaster_priority_2 = one.announce.priority_2;
    target.time_source = one.announce.time_source;
    target.steps_removed = one.announce.steps_removed;
    target.utc_offset_s = one.announce.utc_offset_s;
    target.announced_flags = flagBits(one.flags);
}

fn putOffsets(target: *Statistics, recent: *const ptp.offset_statistics.RecentStatistics) void {
    const total = recent.total();
    target.has_offset = @intFromBool(recent.last_ns != null);
    target.offset_last_ns = recent.last_ns orelse 0;
    target.offset_mean_ns = total.meanNs();
    target.offset_rms_ns = total.rmsNs();
    target.offset_deviation_ns = total.deviationNs();
    target.offset_p99_ns = total.percentileNs(0.99);
    target.offset_max_ns = total.size_max_ns;
    target.offset_count = total.count;
}

fn putCounters(client: *Client, target: *Statistics) void {
    const port = &client.port;
    inline for (@typeInfo(ptp.port_options.Counters).@"struct".field_names) |name| {
        @field(target, name) = @field(port.counters, name);
    }
    target.sync_duplicates = port.slave.syncs.counters.duplicates;
    target.sync_late = port.slave.syncs.counters.late;
    target.sync_unmatched = port.slave.syncs.counters.unmatched;
    const requests = port.slave.requests.counters;
    const peer = port.peer.counters;
    target.delay_sent = requests.sent + peer.sent;
    target.delay_answered = requests.answered + peer.answered;
    target.delay_lost = requests.lost + peer.lost;
    target.delay_strays = requests.strays + peer.strays;
    target.several_peers_count = peer.several_peers;
    target.follow_ups_lost = port.responder.lost_count + if (port.grandmaster) |one| one.lost_count else 0;
    target.unicast_requests = port.unicast.counters.requests;
    target.unicast_grants = port.unicast.counters.grants;
    target.unicast_refusals = port.unicast.counters.refusals;
    target.unicast_cancellations = port.unicast.counters.cancellations;
    target.unicast_expiries = port.unicast.counters.expiries;
    target.unicast_strays = port.unicast.counters.strays;
    target.actions_lost = client.actions.overflow_count;
    const offsets = client.discipline.counters;
    target.offsets_used = offsets.used;
    target.offsets_gathered = offsets.gathered;
    target.offsets_refused = offsets.refused;
    target.offsets_without_delay = offsets.without_delay;
    target.offsets_out_of_order = offsets.out_of_order;
    target.offsets_out_of_range = offsets.out_of_range;
    target.mappings_deferred = offsets.deferred;
    target.send_stamps_lost = client.stamps_lost + if (client.sockets) |*sockets| sockets.lost_count else 0;
    target.stamps_void = client.stamper.void_count;
    target.addresses_full = client.addresses.full_count;
}

pub fn putMetadata(target: *Statistics, metadata: Metadata) void {
    target.has_metadata = 1;
    target.default_frame_rate_numerator = metadata.default_frame_rate_numerator;
    target.default_frame_rate_denominator = metadata.default_frame_rate_denominator;
    target.locking_status = @backingInt(metadata.locking_status);
    target.metadata_flags = 0;
    for ([_]bool{
        metadata.drop_frame,
        metadata.color_frame,
        metadata.daylight_saving,
        metadata.daylight_saving_after_jump,
        metadata.daylight_saving_at_previous_jam,
        metadata.leap_second_jump,
    }, 0..) |is_set, bit| target.metadata_flags |= @as(u32, @intFromBool(is_set)) << @intCast(bit);
    target.local_offset_s = metadata.local_offset_s;
    target.jump_s = metadata.jump_s;
    target.next_jump_s = metadata.next_jump_s;
    target.next_jam_s = metadata.next_jam_s;
    target.previous_jam_s = metadata.previous_jam_s;
    target.previous_jam_local_offset_s = metadata.previous_jam_local_offset_s;
}

pub fn masters(client: *Client, now_ns: i64) Masters {
    const table = &client.port.masters;
    var list: Masters = .{};
    for (table.masters()) |*one| {
        const family = @backingInt(client.options.transport);
        const address = client.addresses.addressOf(one.from, family) orelse Endpoint.none;
        var master: Master = .{
            .identity = numberOf(one.port.clock),
            .grandmaster_identity = numberOf(one.announce.grandmaster),
            .silent_ns = @intCast(@max(0, now_ns -| one.newest_ns)),
            .announce_interval_ns = @intCast(one.interval_ns),
            .port = one.port.port,
            .priority_1 = one.announce.priority_1,
            .class = one.announce.quality.class,
            .accuracy = one.announce.quality.accuracy,
            .variance = one.announce.quality.variance,
            .priority_2 = one.announce.priority_2,
            .steps_removed = one.announce.steps_removed,
            .time_source = one.announce.time_source,
            .utc_offset_s = one.announce.utc_offset_s,
            .flags = flagBits(one.flags),
            .domain = client.options.profile.domain,
            .is_qualified = @intFromBool(one.isQualified(now_ns)),
            .is_parent = @intFromBool(if (table.parent) |port| port.equals(one.port) else false),
            .address_bytes = 0,
            .address = @splat(0),
        };
        master.address_bytes = @intCast(putAddress(&master.address, address));
        list.masters[list.count] = master;
        list.count += 1;
    }
    return list;
}

/// The address without its port. Returns its length.
fn putAddress(target: *[statistics_module.address_bytes]u8, address: Endpoint) usize {
    var buffer: [2 * statistics_module.address_bytes]u8 = undefined;
    const text = std.fmt.bufPrint(&buffer, "{f}", .{address}) catch unreachable; // Twice as long as any.
    const end = std.mem.lastIndexOfScalar(u8, text, ':') orelse return 0;
    const bare = std.mem.trim(u8, text[0..end], "[]");
    @memcpy(target[0..bare.len], bare);
    return bare.len;
}

const expectEqual = std.testing.expectEqual;

test "typeOf() looks at version and domain" {
    var bytes: [34]u8 = @splat(0);
    bytes[0] = 0x0B;
    bytes[1] = 0x12;
    bytes[4] = 127;
    try expectEqual(ptp.header.Type.announce, typeOf(&bytes, 127).?);
    try expectEqual(null, typeOf(&bytes, 0));
    try expectEqual(null, typeOf(bytes[0..33], 127));
    bytes[0] = 0x05;
    try expectEqual(null, typeOf(&bytes, 127));
    bytes[0] = 0x0B;
    bytes[1] = 1;
    try expectEqual(null, typeOf(&bytes, 127));
}

test "flagBits() are as they are documented" {
    try expectEqual(@as(u32, 1), flagBits(.{ .leap61 = true, .two_step = true }));
    try expectEqual(@as(u32, 8 + 4), flagBits(.{ .ptp_timescale = true, .utc_offset_valid = true, .unicast = true }));
    try expectEqual(@as(u32, 64), flagBits(.{ .synchronization_uncertain = true }));
}

test "addresses are told without their port" {
    var target: [statistics_module.address_bytes]u8 = @splat(0);
    const length = putAddress(&target, .ip4(.{ 192, 0, 2, 1 }, 320));
    try std.testing.expectEqualStrings("192.0.2.1", target[0..length]);
    var bytes: [16]u8 = @splat(0);
    bytes[0..2].* = .{ 0xfe, 0x80 };
    bytes[15] = 1;
    const length6 = putAddress(&target, .ip6(bytes, 320, 3));
    try std.testing.expectEqualStrings("fe80::1%3", target[0..length6]);
    try expectEqual(@as(usize, 0), putAddress(&target, .none));
}
