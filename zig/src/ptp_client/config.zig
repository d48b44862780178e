//! What a PTP client is made from: a struct that crosses the ABI as bytes, checked here, and what the pure part makes
//! of it.

const std = @import("std");
const net = @import("../net.zig");
const ptp = @import("../ptp.zig");
const Error = @import("../result.zig").Error;
const enumOf = @import("../stream/refusal.zig").enumOf;

const Endpoint = net.endpoint.Endpoint;
const LocalClock = @import("../tai/local_clock.zig").LocalClock;
const Profile = ptp.profile.Profile;

pub const Transport = enum(u32) { udp4 = 4, udp6 = 6 };
pub const ProfileName = enum(u32) { default = 1, st2059_2015 = 2, st2059_2021 = 3 };
pub const DelayMechanism = enum(u32) { end_to_end = 1, peer_to_peer = 2 };
pub const ServoKind = enum(u32) { proportional_integral = 1, linear_regression = 2 };

pub const TimescaleHandling = enum(u32) {
    /// The master's time is taken for TAI, as PTP has it.
    as_is = 0,
    /// The master's time is UTC: `tai_utc_s` is added.
    utc = 1,
};

pub const StampChoice = enum(u32) {
    /// Hardware if all of it works, else software.
    auto = 0,
    software = 1,
    /// Hardware or an error.
    hardware = 2,
};

pub const interface_bytes = 16;
pub const unicast_masters_max = ptp.unicast_client.masters_max;

/// In place of a log interval: that of the profile.
pub const log_interval_of_profile = 127;
/// In place of a domain: that of the profile.
pub const domain_of_profile = 256;

pub const event_port_default = 319;
pub const general_port_default = 320;

const ttl_multicast = 1;
const ttl_unicast = 64;
const duration_s_default = 300;
const sync_timeout_default = 10;

/// Numbers without another word are 0 or 1 for no and yes.
pub const Config = extern struct {
    /// Name of the interface, ended by zeros. Empty: the one that has `local`.
    interface: [interface_bytes]u8 = @splat(0),
    /// An address of the interface; family 0 with a name. Its port is not looked at.
    local: Endpoint = .none,
    transport: u32 = @backingInt(Transport.udp4),
    /// Of IPv6 multicast, 1 to 15: FF0x::181. 14 is global, the default of most.
    multicast_scope: u32 = 14,
    profile: u32 = @backingInt(ProfileName.default),
    /// 0 to 255, or 256 for that of the profile.
    domain: u32 = domain_of_profile,
    delay_mechanism: u32 = @backingInt(DelayMechanism.end_to_end),
    /// Logarithms to base 2 of seconds, or 127 for that of the profile.
    announce_log_interval: i32 = log_interval_of_profile,
    sync_log_interval: i32 = log_interval_of_profile,
    delay_log_interval: i32 = log_interval_of_profile,
    peer_delay_log_interval: i32 = log_interval_of_profile,
    /// In announce intervals, 2 to 10; 0 for that of the profile.
    announce_receipt_timeout: u32 = 0,
    /// Sync intervals without a Sync until it counts as silent, to 255; 0 for 10.
    sync_timeout: u32 = 0,
    /// Of what is sent: 1 for IEEE 1588-2019, 0 for 2008.
    minor_version: u32 = 1,
    /// 0 to 63.
    dscp: u32 = 0,
    /// TTL or hop limit, to 255; 0 for 1 with multicast and 64 with unicast. Peer delay has 1.
    ttl: u32 = 0,
    /// UDP ports of event and general messages, 319 and 320. Others are for tests: no other clock speaks there.
    event_port: u32 = event_port_default,
    general_port: u32 = general_port_default,
    unicast_master_count: u32 = 0,
    /// How long a grant is asked for, 10 to 86400 s; 0 for 300.
    unicast_duration_s: u32 = 0,
    /// Delay_Req to the master alone although it sends to all.
    unicast_delay: u32 = 0,
    timescale_handling: u32 = @backingInt(TimescaleHandling.as_is),
    /// TAI less UTC, to tell the master's timescale and to correct it.
    tai_utc_s: i32 = ptp.timescale.tai_utc_s_default,
    servo: u32 = @backingInt(ServoKind.linear_regression),
    /// Takes the first time that it learns and does not steer after that.
    free_running: u32 = 0,
    /// Tells this machine its TAI; without it, it only measures.
    disciplines: u32 = 1,
    stamps: u32 = @backingInt(StampChoice.auto),
    /// SCHED_FIFO, 1 to 99; 0 for a normal thread.
    real_time_priority: u32 = 0,
    /// Becomes master when no better one is heard.
    grandmaster: u32 = 0,
    grandmaster_priority_1: u32 = 128,
    grandmaster_priority_2: u32 = 128,
    grandmaster_class: u32 = 248,
    /// Clock accuracy of IEEE 1588 table 6, 0xFE unknown.
    grandmaster_accuracy: u32 = 0xFE,
    grandmaster_variance: u32 = 0xFFFF,
    /// IEEE 1588 table 7: 0xA0 an oscillator of its own.
    grandmaster_time_source: u32 = 0xA0,
    grandmaster_two_step: u32 = 1,
    /// Sends to all; without it only to those who ask.
    grandmaster_multicast: u32 = 1,
    /// Announces that its time is TAI. Without it: an arbitrary timescale.
    grandmaster_is_tai: u32 = 1,
    reserved_196: u32 = 0,
    /// The clock identity as a number; 0 is made from the address of the interface's card.
    identity: u64 = 0,
    /// How much longer the way from the master is than the mean of both.
    asymmetry_ns: i64 = 0,
    /// The first time is stepped to if it is further away; 0 for 20 µs.
    first_step_ns: u64 = 0,
    /// Later ones; 0 for 1 ms.
    step_ns: u64 = 0,
    /// For random waits; 0 takes one by chance.
    seed: u64 = 0,
    /// A wrong clock, for measuring how well one is followed: rate, and a step so long after opening.
    clock_error_ppb: i64 = 0,
    clock_error_step_ns: i64 = 0,
    clock_error_step_at_s: u64 = 0,
    /// A rate that swings by so much in that time; 0 for none.
    clock_error_wander_ppb: i64 = 0,
    clock_error_wander_period_s: u64 = 0,
    /// Their ports are not looked at. No multicast with them.
    unicast_masters: [unicast_masters_max]Endpoint = @splat(.none),
};

/// The reason, if a number is none of the enum or not within its limits.
fn expectAtMost(number: u32, most: u32) Error!void {
    if (number > most) return error.OutOfRange;
}

/// What the pure part and the sockets are made from: a config whose every number was checked.
pub const Options = struct {
    transport: Transport,
    profile: Profile,
    servo: ServoKind,
    stamps: StampChoice,
    timescale_handling: TimescaleHandling,
    /// What is added to the master's time.
    added_s: i32,

    pub fn of(config: *const Config) Error!Options {
        for ([_]u32{
            config.minor_version,
            config.unicast_delay,
            config.free_running,
            config.disciplines,
            config.grandmaster,
            config.grandmaster_two_step,
            config.grandmaster_multicast,
            config.grandmaster_is_tai,
        }) |flag| try expectAtMost(flag, 1);
        try expectAtMost(config.dscp, 63);
        try expectAtMost(config.ttl, 255);
        try expectAtMost(config.sync_timeout, 255);
        try expectAtMost(config.real_time_priority, 99);
        for ([_]u32{
            config.grandmaster_priority_1,
            config.grandmaster_priority_2,
            config.grandmaster_class,
            config.grandmaster_accuracy,
            config.grandmaster_time_source,
        }) |octet| try expectAtMost(octet, 255);
        try expectAtMost(config.grandmaster_variance, 0xFFFF);
        if (config.multicast_scope < 1 or config.multicast_scope > 15) return error.OutOfRange;
        if (config.tai_utc_s < std.math.minInt(i16) or config.tai_utc_s > std.math.maxInt(i16)) return error.OutOfRange;
        for ([_]u32{ config.event_port, config.general_port }) |port| {
            if (port == 0 or port > 65535) return error.BadEndpoint;
        }
        if (config.event_port == config.general_port) return error.BadEndpoint;
        const duration_s = config.unicast_duration_s;
        if (duration_s != 0 and (duration_s < 10 or duration_s > 86_400)) return error.OutOfRange;
        const has_name = config.interface[0] != 0;
        if (has_name == !config.local.isNone()) return error.NoSuchInterface;
        if (config.interface[interface_bytes - 1] != 0) return error.NoSuchInterface;
        if (!has_name and !config.local.isValid()) return error.BadEndpoint;
        if (@abs(config.asymmetry_ns) > std.time.ns_per_s) return error.OutOfRange;
        const options: Options = .{
            .transport = try enumOf(Transport, config.transport),
            .profile = try profileOf(config),
            .servo = try enumOf(ServoKind, config.servo),
            .stamps = try enumOf(StampChoice, config.stamps),
            .timescale_handling = try enumOf(TimescaleHandling, config.timescale_handling),
            .added_s = if (config.timescale_handling == @backingInt(TimescaleHandling.utc)) config.tai_utc_s else 0,
        };
        if (config.unicast_master_count > unicast_masters_max) return error.OutOfRange;
        for (config.unicast_masters[0..config.unicast_master_count]) |master| {
            if (!master.isValid() or master.family != @backingInt(options.transport)) return error.BadEndpoint;
            if (master.isMulticast() or master.isUnspecified()) return error.BadEndpoint;
        }
        try localClock(config, 0).check();
        return options;
    }
};

fn profileOf(config: *const Config) Error!Profile {
    var profile: Profile = switch (try enumOf(ProfileName, config.profile)) {
        .default => .default,
        .st2059_2015 => .st2059_2015,
        .st2059_2021 => .st2059_2021,
    };
    if (config.domain != domain_of_profile) {
        profile.domain = std.math.cast(u8, config.domain) orelse return error.OutOfRange;
    }
    profile.delay_mechanism = switch (try enumOf(DelayMechanism, config.delay_mechanism)) {
        .end_to_end => .end_to_end,
        .peer_to_peer => .peer_to_peer,
    };
    try override(&profile.announce_log_interval, config.announce_log_interval);
    try override(&profile.sync_log_interval, config.sync_log_interval);
    try override(&profile.delay_request_log_interval, config.delay_log_interval);
    try override(&profile.peer_delay_log_interval, config.peer_delay_log_interval);
    if (config.announce_receipt_timeout != 0) {
        profile.announce_receipt_timeout = std.math.cast(u8, config.announce_receipt_timeout) orelse
            return error.BadPtpInterval;
    }
    if (profile.mistake() != null) return error.BadPtpInterval;
    return profile;
}

fn override(log_interval: *i8, given: i32) Error!void {
    if (given == log_interval_of_profile) return;
    log_interval.* = std.math.cast(i8, given) orelse return error.BadPtpInterval;
}

pub fn portOptions(
    config: *const Config,
    options: *const Options,
    identity: ptp.identity.PortIdentity,
    seed: u64,
) ptp.port.Options {
    return .{
        .identity = identity,
        .profile = options.profile,
        .minor_version = @intCast(config.minor_version),
        .grandmaster = if (config.grandmaster == 1) grandmasterOptions(config, identity) else null,
        .unicast = .{
            .master_count = config.unicast_master_count,
            .duration_s = if (config.unicast_duration_s == 0) duration_s_default else config.unicast_duration_s,
        },
        .unicast_delay = config.unicast_delay == 1,
        .sync_timeout = if (config.sync_timeout == 0) sync_timeout_default else @intCast(config.sync_timeout),
        .asymmetry_ns = config.asymmetry_ns,
        .tai_utc_s = @intCast(config.tai_utc_s),
        .seed = seed,
    };
}

fn grandmasterOptions(config: *const Config, identity: ptp.identity.PortIdentity) ptp.grandmaster.Options {
    return .{
        .announce = .{
            .utc_offset_s = @intCast(config.tai_utc_s),
            .priority_1 = @intCast(config.grandmaster_priority_1),
            .quality = .{
                .class = @intCast(config.grandmaster_class),
                .accuracy = @intCast(config.grandmaster_accuracy),
                .variance = @intCast(config.grandmaster_variance),
            },
            .priority_2 = @intCast(config.grandmaster_priority_2),
            .grandmaster = identity.clock,
            .steps_removed = 0,
            .time_source = @intCast(config.grandmaster_time_source),
        },
        .flags = .{
            .ptp_timescale = config.grandmaster_is_tai == 1,
            .utc_offset_valid = config.grandmaster_is_tai == 1,
        },
        .two_step = config.grandmaster_two_step == 1,
        .multicast = config.grandmaster_multicast == 1,
    };
}

pub fn disciplineOptions(config: *const Config, options: *const Options) ptp.discipline.Options {
    var discipline: ptp.discipline.Options = .{
        .interval_ns = ptp.timestamp.intervalNs(options.profile.sync_log_interval),
        .is_free_running = config.free_running == 1,
    };
    discipline.servo.kind = switch (options.servo) {
        .proportional_integral => .proportional_integral,
        .linear_regression => .linear_regression,
    };
    if (config.first_step_ns != 0) discipline.clock.first_step_ns = config.first_step_ns;
    if (config.step_ns != 0) discipline.clock.step_ns = config.step_ns;
    return discipline;
}

/// The wrong clock that was asked for, from `opened_ns` on; the machine's own otherwise.
pub fn localClock(config: *const Config, opened_ns: i64) LocalClock {
    return .{
        .origin_ns = opened_ns,
        .rate_ppb = config.clock_error_ppb,
        .step_ns = config.clock_error_step_ns,
        .step_at_ns = opened_ns +| std.math.lossyCast(i64, config.clock_error_step_at_s *| std.time.ns_per_s),
        .wander_ppb = config.clock_error_wander_ppb,
        .wander_period_ns = std.math.lossyCast(i64, config.clock_error_wander_period_s *| std.time.ns_per_s),
    };
}

/// TTL or hop limit of what goes to all, and to one.
pub fn hopsOf(config: *const Config) struct { multicast: u8, unicast: u8 } {
    if (config.ttl != 0) return .{ .multicast = @intCast(config.ttl), .unicast = @intCast(config.ttl) };
    return .{ .multicast = ttl_multicast, .unicast = ttl_unicast };
}
