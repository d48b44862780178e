//! What a config becomes, and which number of it is refused.

const std = @import("std");
const configuration = @import("config.zig");
const ptp = @import("../ptp.zig");
const Error = @import("../result.zig").Error;

const Config = configuration.Config;
const DelayMechanism = configuration.DelayMechanism;
const Options = configuration.Options;
const Profile = ptp.profile.Profile;
const ProfileName = configuration.ProfileName;
const TimescaleHandling = configuration.TimescaleHandling;
const disciplineOptions = configuration.disciplineOptions;
const hopsOf = configuration.hopsOf;
const localClock = configuration.localClock;
const portOptions = configuration.portOptions;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

fn named() Config {
    var config: Config = .{};
    config.interface[0..4].* = "eth0".*;
    return config;
}

test "a config without wishes is the default profile as a slave" {
    const config = named();
    const options: Options = try .of(&config);
    try expectEqual(Profile.default, options.profile);
    const port = portOptions(&config, &options, .all, 7);
    try expectEqual(null, port.grandmaster);
    try expectEqual(@as(u32, 300), port.unicast.duration_s);
    try expectEqual(@as(i64, std.time.ns_per_s), disciplineOptions(&config, &options).interval_ns);
    try expectEqual(@as(u8, 1), hopsOf(&config).multicast);
    try std.testing.expect(localClock(&config, 77).isIdentity());
}

test "wishes become options" {
    var config = named();
    config.profile = @backingInt(ProfileName.st2059_2021);
    config.domain = 3;
    config.sync_log_interval = -4;
    config.announce_receipt_timeout = 4;
    config.delay_mechanism = @backingInt(DelayMechanism.peer_to_peer);
    config.timescale_handling = @backingInt(TimescaleHandling.utc);
    config.grandmaster = 1;
    config.grandmaster_is_tai = 0;
    config.grandmaster_class = 6;
    config.step_ns = 5;
    config.ttl = 9;
    const options: Options = try .of(&config);
    try expectEqual(@as(u8, 3), options.profile.domain);
    try expectEqual(@as(i8, -4), options.profile.sync_log_interval);
    try expectEqual(@as(i8, 0), options.profile.announce_log_interval);
    try expectEqual(@as(u8, 4), options.profile.announce_receipt_timeout);
    try expectEqual(.peer_to_peer, options.profile.delay_mechanism);
    try expectEqual(@as(i32, 37), options.added_s);
    const grandmaster = portOptions(&config, &options, .all, 7).grandmaster.?;
    try expectEqual(@as(u8, 6), grandmaster.announce.quality.class);
    try std.testing.expect(!grandmaster.flags.ptp_timescale);
    try expectEqual(@as(u64, 5), disciplineOptions(&config, &options).clock.step_ns);
    try expectEqual(@as(u8, 9), hopsOf(&config).unicast);
}

test "every number out of its limits is refused" {
    const Case = struct { field: []const u8, value: i64, wanted: Error };
    const cases = [_]Case{
        .{ .field = "transport", .value = 5, .wanted = error.InvalidArgument },
        .{ .field = "profile", .value = 0, .wanted = error.InvalidArgument },
        .{ .field = "delay_mechanism", .value = 3, .wanted = error.InvalidArgument },
        .{ .field = "servo", .value = 0, .wanted = error.InvalidArgument },
        .{ .field = "stamps", .value = 3, .wanted = error.InvalidArgument },
        .{ .field = "timescale_handling", .value = 2, .wanted = error.InvalidArgument },
        .{ .field = "domain", .value = 257, .wanted = error.OutOfRange },
        .{ .field = "multicast_scope", .value = 0, .wanted = error.OutOfRange },
        .{ .field = "dscp", .value = 64, .wanted = error.OutOfRange },
        .{ .field = "ttl", .value = 256, .wanted = error.OutOfRange },
        .{ .field = "sync_timeout", .value = 256, .wanted = error.OutOfRange },
        .{ .field = "minor_version", .value = 2, .wanted = error.OutOfRange },
        .{ .field = "disciplines", .value = 2, .wanted = error.OutOfRange },
        .{ .field = "real_time_priority", .value = 100, .wanted = error.OutOfRange },
        .{ .field = "grandmaster_class", .value = 256, .wanted = error.OutOfRange },
        .{ .field = "grandmaster_variance", .value = 65536, .wanted = error.OutOfRange },
        .{ .field = "tai_utc_s", .value = 40_000, .wanted = error.OutOfRange },
        .{ .field = "unicast_duration_s", .value = 9, .wanted = error.OutOfRange },
        .{ .field = "unicast_master_count", .value = 9, .wanted = error.OutOfRange },
        .{ .field = "unicast_master_count", .value = 1, .wanted = error.BadEndpoint },
        .{ .field = "event_port", .value = 0, .wanted = error.BadEndpoint },
        .{ .field = "general_port", .value = 319, .wanted = error.BadEndpoint },
        .{ .field = "announce_log_interval", .value = 5, .wanted = error.BadPtpInterval },
        .{ .field = "sync_log_interval", .value = -129, .wanted = error.BadPtpInterval },
        .{ .field = "delay_log_interval", .value = 7, .wanted = error.BadPtpInterval },
        .{ .field = "peer_delay_log_interval", .value = -8, .wanted = error.BadPtpInterval },
        .{ .field = "announce_receipt_timeout", .value = 1, .wanted = error.BadPtpInterval },
        .{ .field = "announce_receipt_timeout", .value = 300, .wanted = error.BadPtpInterval },
        .{ .field = "asymmetry_ns", .value = 2_000_000_000, .wanted = error.OutOfRange },
        .{ .field = "clock_error_ppb", .value = 2_000_000, .wanted = error.OutOfRange },
        .{ .field = "clock_error_step_ns", .value = -1, .wanted = error.OutOfRange },
    };
    for (cases) |case| {
        var config = named();
        inline for (@typeInfo(Config).@"struct".field_names) |name| {
            if (@typeInfo(@FieldType(Config, name)) == .int and std.mem.eql(u8, name, case.field)) {
                @field(config, name) = @intCast(case.value);
            }
        }
        expectError(case.wanted, Options.of(&config)) catch |err| {
            std.debug.print("{s} = {d}\n", .{ case.field, case.value });
            return err;
        };
    }
    var nameless: Config = .{};
    try expectError(error.NoSuchInterface, Options.of(&nameless));
    nameless.local = .ip4(.{ 127, 0, 0, 1 }, 0);
    _ = try Options.of(&nameless);
}
