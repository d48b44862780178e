//! Senders over loopback: being opened, closed, late, unheard, and given anything.

const std = @import("std");
const kit = @import("sender_test_kit.zig");
const sender = @import("sender.zig");
const sender_config = @import("sender_config.zig");
const time = @import("../time.zig");

const Config = kit.Config;
const Job = kit.Job;
const Receiver = kit.Receiver;
const allocator = kit.allocator;
const awaitDone = kit.awaitDone;
const configOf = kit.configOf;
const expect = kit.expect;
const expectEqual = kit.expectEqual;
const expectError = kit.expectError;
const fillRandom = kit.fillRandom;
const jobOf = kit.jobOf;
const jobs_max = @import("job_queue.zig").JobQueue.capacity;
const videoConfig = kit.videoConfig;

test "close() in the midst of a frame comes back soon and leaves the payload alone" {
    var receiver = try Receiver.open();
    defer receiver.close();
    for ([_]u32{ 1, 2 }) |pacing| {
        var config = videoConfig(receiver.port, 1280, 720);
        config.pacing = pacing;
        config.rate_numerator = 1; // a frame takes a second
        const geometry = try (try config.videoFormat()).geometry();
        const frame = try allocator.alloc(u8, geometry.frameBytes());
        const handle = try sender.open(config);
        for (0..jobs_max) |i| try sender.submit(handle, frame, jobOf(i));
        try expectError(error.Full, sender.submit(handle, frame, jobOf(jobs_max)));
        _ = try receiver.next();
        const statistics = try sender.close(handle);
        allocator.free(frame); // unmapped: a read of it would end the test
        try expectEqual(@as(u64, jobs_max), statistics.done);
        try expectEqual(@as(u64, jobs_max), statistics.dropped);
        try expect(statistics.packets < geometry.packetCount());
    }
}

test "a job that waits for its start is given up by close()" {
    var receiver = try Receiver.open();
    defer receiver.close();
    for (std.enums.values(sender_config.Kind)) |kind| {
        var config = configOf(kind, receiver.port);
        config.pacing = 1;
        config.width = 64;
        config.height = 2;
        config.sampling = 1;
        config.depth = 8;
        config.encoding = 16;
        config.channels = 1;
        config.packet_samples = 6;
        if (kind == .audio) config.clock_rate_hz = 48_000;
        const handle = try sender.open(config);
        const payload: [256]u8 align(4) = @splat(0);
        const bytes: usize = switch (kind) {
            .ancillary => 8,
            .audio => 24,
            else => payload.len,
        };
        try sender.submit(handle, payload[0..bytes], .{
            .start_ns = time.monotonicNs() + 3600 * std.time.ns_per_s,
            .media_clock = 0,
            .second_media_clock = 0,
            .frames = 6,
        });
        const statistics = try sender.close(handle);
        try expectEqual(@as(u64, 1), statistics.done);
        try expectEqual(@as(u64, 1), statistics.dropped);
        try expectEqual(@as(u64, 0), statistics.packets);
    }
}

test "nobody listens: the answers of the network are counted, and sending goes on" {
    var receiver = try Receiver.open();
    const port = receiver.port;
    receiver.close();
    const handle = try sender.open(videoConfig(port, 64, 2));
    const frame: [320]u8 = @splat(0);
    for (0..20) |i| {
        try sender.submit(handle, &frame, jobOf(i));
        try awaitDone(handle, i + 1);
    }
    const statistics = try sender.close(handle);
    try expectEqual(@as(u64, 40), statistics.packets + statistics.refused);
    try expect(statistics.answers > 0);
    try expectEqual(@as(i64, -103), statistics.last_error);
}

test "instants and clocks that no machine will see are refused, the last ones possible are not" {
    var receiver = try Receiver.open();
    defer receiver.close();
    const most = std.math.maxInt(i64);
    for ([_]sender_config.Kind{ .video, .audio }) |kind| for ([_]u32{ 1, 2, 3 }) |pacing| {
        var config = if (kind == .video) videoConfig(receiver.port, 64, 2) else configOf(.audio, receiver.port);
        config.pacing = pacing;
        config.encoding = 16;
        config.channels = 1;
        config.packet_samples = 6;
        if (kind == .audio) config.clock_rate_hz = 48_000;
        const handle = try sender.open(config);
        const payload: [320]u8 align(4) = @splat(0);
        var job: Job = .{ .start_ns = most, .media_clock = most, .second_media_clock = most, .frames = 80 };
        try sender.submit(handle, &payload, job);
        job.start_ns += 1;
        try expectError(error.OutOfRange, sender.submit(handle, &payload, job));
        job.start_ns = 0;
        job.media_clock += 1;
        try expectError(error.OutOfRange, sender.submit(handle, &payload, job));
        _ = try sender.close(handle);
    };
}

test "a late frame is sent and counted" {
    var receiver = try Receiver.open();
    defer receiver.close();
    var config = videoConfig(receiver.port, 64, 2);
    config.pacing = 1;
    const handle = try sender.open(config);
    const frame: [320]u8 = @splat(0);
    var job = jobOf(0);
    job.start_ns = time.monotonicNs() - 50_000_000;
    try sender.submit(handle, &frame, job);
    _ = try receiver.next();
    _ = try receiver.next();
    const statistics = try sender.close(handle);
    try expectEqual(@as(u64, 1), statistics.late);
    try expect(statistics.worst_late_ns >= 49_000_000);
}

test "open() says by name what is wrong" {
    const good = videoConfig(5004, 1920, 1080);
    inline for (.{
        .{ "kind", 6, error.InvalidArgument },       .{ "mode", 0, error.InvalidArgument },
        .{ "pacing", 4, error.InvalidArgument },     .{ "sender_type", 0, error.InvalidArgument },
        .{ "hops", 0, error.OutOfRange },            .{ "hops", 256, error.OutOfRange },
        .{ "dscp", 64, error.OutOfRange },           .{ "payload_type", 128, error.BadPayloadType },
        .{ "clock_rate_hz", 0, error.BadRate },      .{ "rate_numerator", 0, error.BadRate },
        .{ "rate_denominator", 0, error.BadRate },   .{ "real_time_priority", 100, error.OutOfRange },
        .{ "width", 0, error.BadPictureSize },       .{ "height", 40_000, error.BadPictureSize },
        .{ "sampling", 9, error.InvalidArgument },   .{ "depth", 9, error.InvalidArgument },
        .{ "udp_bytes_max", 9, error.BadUdpSize },   .{ "pixel_format", 1, error.NoConversion },
        .{ "pixel_format", 99, error.NoConversion }, .{ "cname_bytes", 65, error.OutOfRange },
        .{ "rtcp", 2, error.OutOfRange },
    }) |case| {
        var config = good;
        @field(config, case[0]) = case[1];
        try expectError(@as(anyerror, case[2]), sender.open(config));
    }
    var config = good;
    config.to.port = 0;
    try expectError(error.BadEndpoint, sender.open(config));
    config = good;
    config.to = .none;
    try expectError(error.BadEndpoint, sender.open(config));
    config = good;
    config.from = .ip4(.{ 192, 0, 2, 1 }, 0);
    try expectError(error.AddressNotLocal, sender.open(config));
    config = good;
    config.to.port = 65535;
    config.rtcp = 1;
    try expectError(error.BadEndpoint, sender.open(config));
    config = good;
    config.pacing = 1;
    config.sender_type = 3;
    config.rate_numerator = 240;
    try expectError(error.TooFast, sender.open(config));
    config = configOf(.audio, 5004);
    try expectError(error.InvalidArgument, sender.open(config));
    config.encoding = 24;
    try expectError(error.BadRate, sender.open(config));
    config.clock_rate_hz = 48_000;
    try expectError(error.BadAudioSize, sender.open(config));
    config.channels = 64;
    config.packet_samples = 48;
    try expectError(error.BadAudioSize, sender.open(config));
}

test "RTCP: a goodbye with the last report when the sender is closed" {
    var reports = try Receiver.open();
    defer reports.close();
    var config = videoConfig(reports.port - 1, 64, 2);
    config.rtcp = 1;
    config.cname[0..3].* = "a@b".*;
    config.cname_bytes = 3;
    const handle = try sender.open(config);
    const frame: [320]u8 = @splat(0);
    try sender.submit(handle, &frame, jobOf(0));
    try awaitDone(handle, 1);
    _ = try sender.close(handle);
    const rtcp = @import("../rtp/rtcp.zig");
    var packets = rtcp.parse(try reports.next());
    const info = (try packets.next()).?.report.sender.?;
    try expectEqual(@as(u32, 2), info.packet_count);
    try expectEqual(@as(u32, 2 * 168), info.octet_count);
    _ = try packets.next();
    try expectEqual(@as(u32, 0x11223344), (try packets.next()).?.goodbye.ssrc(0));
}

test "RTCP: no goodbye if the stream goes on, and the next sender's reports go on from there" {
    var reports = try Receiver.open();
    defer reports.close();
    var config = videoConfig(reports.port - 1, 64, 2);
    config.rtcp = 1;
    const frame: [320]u8 = @splat(0);
    for (0..2) |i| {
        const handle = try sender.open(config);
        try sender.submit(handle, &frame, jobOf(0));
        try awaitDone(handle, 1);
        const statistics = try if (i == 0) sender.handOver(handle) else sender.close(handle);
        config.packets_before +%= @truncate(statistics.packets);
        config.octets_before +%= @truncate(statistics.octets);
    }
    const rtcp = @import("../rtp/rtcp.zig");
    var packets = rtcp.parse(try reports.next());
    const info = (try packets.next()).?.report.sender.?;
    try expectEqual(@as(u32, 4), info.packet_count);
    try expectEqual(@as(u32, 4 * 168), info.octet_count);
    _ = try packets.next();
    try expectEqual(@as(u32, 0x11223344), (try packets.next()).?.goodbye.ssrc(0));
}

test "any config opens or is refused, and any job is taken or is refused" {
    var receiver = try Receiver.open();
    defer receiver.close();
    const payload = try allocator.alloc(u8, 1 << 20);
    defer allocator.free(payload);
    fillRandom(payload, 1);
    var random_state = std.Random.DefaultPrng.init(0x53454E44);
    const random = random_state.random();
    var opened: u32 = 0;
    var taken: u32 = 0;
    for (0..600) |_| {
        var config = plausible(random, receiver.port);
        const words: []u32 = @ptrCast(std.mem.asBytes(&config));
        for (0..random.uintAtMost(usize, 2)) |_| {
            // Not the addresses: what is sent stays on this machine.
            const place = random.uintLessThan(usize, words.len);
            const offset = place * 4;
            if (offset >= @offsetOf(Config, "to") and offset < @offsetOf(Config, "interface")) continue;
            words[place] = oddNumber(random);
        }
        config.real_time_priority = 0;
        const handle = sender.open(config) catch continue;
        opened += 1;
        for (0..random.uintAtMost(usize, 4)) |_| {
            var job = std.mem.zeroes(Job);
            const job_words: []u32 = @ptrCast(std.mem.asBytes(&job));
            for (0..random.uintAtMost(usize, 3)) |_| {
                job_words[random.uintLessThan(usize, job_words.len)] = oddNumber(random);
            }
            if (config.kind == 2 and random.boolean()) job.frames = 20;
            const whole: usize = switch (config.kind) {
                2 => 20 * @as(usize, config.channels) * 4,
                3 => 8,
                else => payload.len,
            };
            const bytes = if (random.boolean()) @min(whole, payload.len) else random.uintAtMost(usize, 4096);
            if (config.kind == 3) @memset(payload[0..8], 0);
            if (sender.submit(handle, payload[0..bytes], job)) |_| taken += 1 else |_| {}
        }
        _ = try sender.close(handle);
    }
    try expect(opened > 200 and taken > 100);
}

fn plausible(random: std.Random, port: u16) Config {
    var config = videoConfig(port, 64, 4);
    config.kind = random.intRangeAtMost(u32, 1, 5);
    config.mode = random.intRangeAtMost(u32, 1, 2);
    config.pacing = random.intRangeAtMost(u32, 1, 3);
    config.sender_type = random.intRangeAtMost(u32, 1, 3);
    config.scan = random.uintAtMost(u32, 2);
    config.encoding = if (random.boolean()) 16 else 24;
    config.channels = 2;
    config.packet_samples = 6;
    config.packet_mode = random.uintAtMost(u32, 1);
    if (config.kind == 2) config.clock_rate_hz = 48_000;
    return config;
}

fn oddNumber(random: std.Random) u32 {
    const some = [_]u32{ 0, 1, 2, 3, 5, 9, 63, 64, 100, 255, 256, 1459, 1460, 32767, 65535, 65536, 1 << 31, ~@as(u32, 0) };
    return if (random.boolean()) some[random.uintLessThan(usize, some.len)] else random.int(u32);
}
