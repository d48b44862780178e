//! RTCP compounds, byte for byte and from any bytes.

const std = @import("std");
const rtcp = @import("rtcp.zig");
const Statistics = @import("source.zig").Statistics;

const Packet = rtcp.Packet;
const ReportBlock = rtcp.ReportBlock;
const SenderInfo = rtcp.SenderInfo;
const SourceDescription = rtcp.SourceDescription;
const Writer = rtcp.Writer;
const middleOf = rtcp.middleOf;
const ntpOf = rtcp.ntpOf;
const parse = rtcp.parse;

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;

const example = [_]u8{
    0x81, 200,  0,    12, // sender report, one block
    0x11, 0x22, 0x33, 0x44,
    0x83, 0xAA, 0x7E, 0x80, 0x80, 0x00, 0x00, 0x00, // 1970-01-01 00:00:00.5
    0x00, 0x00, 0xAF, 0xC8, 0x00, 0x00, 0x00, 0x02,
    0x00, 0x00, 0x0B, 0x40, 0x55, 0x66, 0x77, 0x88,
    0x40, 0xFF, 0xFF, 0xFF, // a quarter lost, -1 in all
    0x00, 0x02, 0x00, 0x05,
    0x00, 0x00, 0x00, 0x07,
    0x7E, 0x80, 0x80, 0x00,
    0x00, 0x00, 0x80, 0x00,
    0x81, 202,  0,    3, // source description
    0x11, 0x22, 0x33, 0x44,
    1,    3,    'a',  '@',
    'b',  0,    0,    0,
    0x81, 203,  0,    2, // goodbye
    0x11, 0x22, 0x33, 0x44,
    3,    'e',  'n',  'd',
};

const example_info: SenderInfo = .{
    .ntp = 0x83AA7E80_80000000,
    .rtp_timestamp = 45000,
    .packet_count = 2,
    .octet_count = 2880,
};

const example_block: ReportBlock = .{
    .ssrc = 0x55667788,
    .fraction_lost = 64,
    .lost = -1,
    .highest_sequence = 0x20005,
    .jitter = 7,
    .last_sender_report = 0x7E808000,
    .delay_since = 32768,
};

test "Writer gives the bytes of a compound" {
    var buffer: [128]u8 = undefined;
    var writer: Writer = .{ .target = &buffer };
    try writer.report(0x11223344, example_info, &.{example_block});
    try writer.canonicalName(0x11223344, "a@b");
    try writer.goodbye(0x11223344, "end");
    try std.testing.expectEqualSlices(u8, &example, writer.written());
    var short: Writer = .{ .target = buffer[0..51] };
    try expectError(error.OutOfSpace, short.report(1, example_info, &.{example_block}));
    try expectEqual(@as(usize, 0), short.written().len);
    try expectError(error.InvalidArgument, writer.report(1, null, &@as([32]ReportBlock, @splat(example_block))));
    try expectError(error.InvalidArgument, writer.goodbye(1, &@as([256]u8, @splat('x'))));
}

test "parse() reads a compound" {
    var packets = parse(&example);
    const report = (try packets.next()).?.report;
    try expectEqual(@as(u32, 0x11223344), report.ssrc);
    try std.testing.expectEqualDeep(example_info, report.sender.?);
    try expectEqual(@as(usize, 1), report.blockCount());
    try std.testing.expectEqualDeep(example_block, report.block(0));
    var items = (try packets.next()).?.source_description.items();
    const name = items.next().?;
    try expectEqual(@as(u32, 0x11223344), name.ssrc);
    try expectEqual(@as(u8, SourceDescription.canonical_name), name.type);
    try std.testing.expectEqualStrings("a@b", name.text);
    try expect(items.next() == null);
    const goodbye = (try packets.next()).?.goodbye;
    try expectEqual(@as(usize, 1), goodbye.ssrcCount());
    try expectEqual(@as(u32, 0x11223344), goodbye.ssrc(0));
    try std.testing.expectEqualStrings("end", goodbye.reason);
    try expect(try packets.next() == null);
}

test "parse() refuses every truncation that is not the end of a packet" {
    for (1..example.len) |length| {
        var packets = parse(example[0..length]);
        const at_end = length == 52 or length == 68;
        const outcome = while (true) {
            if ((packets.next() catch |err| break err) == null) break {};
        };
        if (at_end) try outcome else try expectError(error.Truncated, outcome);
        try expect(try packets.next() == null);
    }
}

test "parse() refuses a compound that does not begin with a report, and padding in its midst" {
    var packets = parse(example[52..]);
    try expectError(error.NotReport, packets.next());
    var bytes = example;
    bytes[0] |= 0x20;
    packets = parse(&bytes);
    try expectError(error.BadPadding, packets.next());
    bytes = example;
    bytes[0] = 0xC1;
    packets = parse(&bytes);
    try expectError(error.WrongVersion, packets.next());
    bytes = example;
    bytes[bytes.len - 4] = 4;
    packets = parse(&bytes);
    _ = try packets.next();
    _ = try packets.next();
    try expectError(error.BadReason, packets.next());
    const padded = [_]u8{ 0xA0, 201, 0, 2, 1, 2, 3, 4, 0, 0, 0, 4 };
    packets = parse(&padded);
    try expectEqual(@as(u32, 0x01020304), (try packets.next()).?.report.ssrc);
    const odd = [_]u8{ 0xA0, 201, 0, 2, 1, 2, 3, 4, 0, 0, 0, 3 };
    packets = parse(&odd);
    try expectError(error.BadPadding, packets.next());
    const other = [_]u8{ 0x80, 201, 0, 1, 0, 0, 0, 0, 0x80, 204, 0, 0 };
    packets = parse(&other);
    _ = try packets.next();
    try expectEqual(Packet{ .other = 204 }, (try packets.next()).?);
}

test "items() goes through chunks and stops at what is broken" {
    const two = [_]u8{ 0, 0, 0, 1, 1, 1, 'a', 2, 1, 'b', 0, 0, 0, 0, 0, 2, 1, 0, 0, 0 };
    var items = (SourceDescription{ .bytes = &two, .chunk_count = 2 }).items();
    try std.testing.expectEqualStrings("a", items.next().?.text);
    try std.testing.expectEqualStrings("b", items.next().?.text);
    try expectEqual(@as(u32, 2), items.next().?.ssrc);
    try expect(items.next() == null);
    const broken = [_]u8{ 0, 0, 0, 1, 1, 3, 'a', 'b' };
    items = (SourceDescription{ .bytes = &broken, .chunk_count = 1 }).items();
    try expect(items.next() == null and items.next() == null);
}

test "ReportBlock.of() takes the statistics of a source" {
    var statistics: Statistics = .{ .first = 0x10001, .newest = 0x10064, .received = 75, .jitter_scaled = 160 };
    const block: ReportBlock = .of(9, &statistics);
    try expectEqual(@as(u8, 64), block.fraction_lost);
    try expectEqual(@as(i24, 25), block.lost);
    try expectEqual(@as(u32, 0x10064), block.highest_sequence);
    try expectEqual(@as(u32, 10), block.jitter);
}

test "ntpOf() counts from 1900" {
    try expectEqual(example_info.ntp, ntpOf(500_000_000));
    try expectEqual(example_block.last_sender_report, middleOf(ntpOf(500_000_000)));
    // 2013-01-01 00:00:00 UTC
    try expectEqual(@as(u64, 3_565_987_200) << 32, ntpOf(1_356_998_400 * std.time.ns_per_s));
}

test "parse() takes any bytes" {
    var random_state = std.Random.DefaultPrng.init(0x5243_5450);
    const random = random_state.random();
    var seen: [4]usize = @splat(0);
    for (0..50_000) |_| {
        var bytes: [160]u8 = undefined;
        const length = random.uintAtMost(usize, 40) * 4;
        random.bytes(bytes[0..length]);
        var at: usize = 0;
        while (at < length) { // likely headers
            bytes[at] = 0x80 | (bytes[at] & 3);
            bytes[at + 1] = 200 + bytes[at + 1] % 5;
            bytes[at + 2] = 0;
            bytes[at + 3] &= 15;
            if (at == 0) bytes[1] = 200 + (bytes[1] & 1);
            at += (@as(usize, bytes[at + 3]) + 1) * 4;
        }
        var packets = parse(bytes[0..length]);
        while (packets.next() catch null) |packet| {
            seen[@backingInt(std.meta.activeTag(packet))] += 1;
            switch (packet) {
                .report => |report| for (0..report.blockCount()) |i| {
                    _ = report.block(i);
                },
                .source_description => |description| {
                    var items = description.items();
                    while (items.next()) |item| try expect(item.text.len <= length);
                },
                .goodbye => |goodbye| for (0..goodbye.ssrcCount()) |i| {
                    _ = goodbye.ssrc(i);
                },
                .other => {},
            }
        }
    }
    for (seen) |count| try expect(count > 300);
}
