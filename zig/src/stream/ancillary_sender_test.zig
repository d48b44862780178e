//! Senders of ancillary data over loopback: lists come back through the parser.

const std = @import("std");
const kit = @import("sender_test_kit.zig");
const packet = @import("../rtp/packet.zig");
const sender = @import("sender.zig");
const st2110 = @import("../st2110.zig");
const time = @import("../time.zig");

const Receiver = kit.Receiver;
const configOf = kit.configOf;
const expect = kit.expect;
const expectEqual = kit.expectEqual;
const expectError = kit.expectError;
const jobOf = kit.jobOf;

/// Writes a list of ancillary packets that differ in their first word; returns its part of `target`.
fn writeList(target: []u8, count: u32, word_count: u16, fields: []const u16) []u8 {
    const record_bytes = std.mem.alignForward(usize, 12 + 2 * @as(usize, word_count), 4);
    const list = target[0 .. 8 + count * record_bytes];
    @memset(list, 0);
    std.mem.writeInt(u32, list[0..4], count, .little);
    for (0..count) |i| {
        const record = list[8 + i * record_bytes ..][0..record_bytes];
        std.mem.writeInt(u16, record[0..2], 9, .little);
        std.mem.writeInt(u16, record[2..4], 0xFFF, .little);
        record[4] = 3;
        record[5] = 7;
        record[6] = 0x61;
        record[7] = 0x02;
        std.mem.writeInt(u16, record[8..10], word_count, .little);
        std.mem.writeInt(u16, record[10..12], fields[i % fields.len], .little);
        for (0..word_count) |w| std.mem.writeInt(u16, record[12 + 2 * w ..][0..2], @intCast((i + w) % 1024), .little);
    }
    return list;
}

/// Takes the RTP packets of one frame or field and returns the first words of its ancillary packets.
fn receiveList(receiver: *Receiver, field: st2110.ancillary.Field, timestamp: u32, words: []u16) ![]u16 {
    var count: usize = 0;
    while (true) {
        const one = try receiver.nextPacket();
        try expectEqual(timestamp, one.timestamp);
        const payload = try st2110.ancillary.parse(one.payload);
        try expectEqual(field, payload.field);
        var views = payload.packets();
        while (try views.next()) |view| {
            try expect(!view.faults.any());
            try expectEqual(@as(u8, 0x61), view.did);
            try expectEqual(@as(u8, 0x02), view.sdid);
            try expectEqual(st2110.ancillary.Location{ .chroma = true, .line = 9, .stream = 7 }, view.location);
            words[count] = view.word(0);
            count += 1;
        }
        if (one.marker) return words[0..count];
    }
}

test "ancillary data: lists of any length, and an empty one is sent too" {
    var receiver = try Receiver.open();
    defer receiver.close();
    const handle = try sender.open(configOf(.ancillary, receiver.port));
    defer _ = sender.close(handle) catch unreachable;
    var memory: [1 << 16]u8 = undefined;
    var words: [256]u16 = undefined;
    for ([_]u32{ 0, 1, 30, 200, 0 }, 0..) |count, i| {
        const list = writeList(&memory, count, 50, &.{0});
        try sender.submit(handle, list, jobOf(i));
        try expectEqual(i + 1, try sender.doneCount(handle));
        @memset(list, 0xFF); // it was copied
        const received = try receiveList(&receiver, .progressive, @intCast(i), &words);
        try expectEqual(count, received.len);
        for (received, 0..) |word, w| try expectEqual(w, word);
    }
}

test "ancillary data: records go with their field, and each field has a packet" {
    var receiver = try Receiver.open();
    defer receiver.close();
    var config = configOf(.ancillary, receiver.port);
    config.scan = 1;
    config.pacing = 1;
    const handle = try sender.open(config);
    defer _ = sender.close(handle) catch unreachable;
    var memory: [4096]u8 = undefined;
    var words: [16]u16 = undefined;
    const list = writeList(&memory, 5, 1, &.{ 3, 2, 0, 3, 2 });
    var job = jobOf(100);
    job.start_ns = time.monotonicNs();
    try sender.submit(handle, list, job);
    try std.testing.expectEqualSlices(u16, &.{ 1, 2, 4 }, try receiveList(&receiver, .first, 100, &words));
    try std.testing.expectEqualSlices(u16, &.{ 0, 3 }, try receiveList(&receiver, .second, 1000, &words));
    try expect(time.monotonicNs() >= job.start_ns + 10_000_000);
    const empty = writeList(&memory, 0, 0, &.{0});
    job.flags = 3;
    try sender.submit(handle, empty, job);
    try expectEqual(@as(usize, 0), (try receiveList(&receiver, .second, 100, &words)).len);
    const other = writeList(&memory, 1, 1, &.{2});
    try expectError(error.BadPayload, sender.submit(handle, other, job));
}

test "ancillary data: how late is late, the config says" {
    var receiver = try Receiver.open();
    defer receiver.close();
    for ([_]u32{ 1_000_000_000, std.math.maxInt(u32) }, 0..) |late_ns_max, i| {
        var config = configOf(.ancillary, receiver.port);
        config.pacing = 1;
        config.late_ns_max = late_ns_max;
        const handle = try sender.open(config);
        var bytes: [64]u8 = undefined;
        var job = jobOf(90_000);
        job.start_ns = time.monotonicNs() - 2 * std.time.ns_per_s;
        try sender.submit(handle, writeList(&bytes, 1, 3, &.{0}), job);
        _ = try receiver.nextPacket();
        const statistics = try sender.close(handle);
        try expectEqual(@as(u64, if (i == 0) 1 else 0), statistics.late_batches);
    }
}

test "ancillary data: any bytes are a list or are refused" {
    var receiver = try Receiver.open();
    defer receiver.close();
    const handle = try sender.open(configOf(.ancillary, receiver.port));
    defer _ = sender.close(handle) catch unreachable;
    var memory: [64]u8 = undefined;
    const list = writeList(&memory, 2, 3, &.{0});
    for (0..list.len) |length| {
        try expectError(error.BadPayload, sender.submit(handle, list[0..length], jobOf(0)));
    }
    // A count, line, offset, flags, stream, count of words, fields and a word that cannot be.
    const places = [_]usize{ 0, 9, 11, 12, 13, 17, 18, 18, 21 };
    for (places, [_]u8{ 1, 8, 16, 4, 128, 1, 1, 2, 4 }) |place, wrong| {
        const kept = list[place];
        defer list[place] = kept;
        list[place] = wrong;
        try expectError(error.BadPayload, sender.submit(handle, list, jobOf(0)));
    }
    try sender.submit(handle, list, jobOf(0));
    var random_state = std.Random.DefaultPrng.init(0x414E43);
    const random = random_state.random();
    for (0..20_000) |_| {
        var bytes: [64]u8 align(4) = memory;
        for (0..random.uintAtMost(usize, 3)) |_| bytes[random.uintLessThan(usize, list.len)] = random.int(u8);
        sender.submit(handle, bytes[0..list.len], jobOf(0)) catch |err| switch (err) {
            error.BadPayload, error.Full => {},
            else => return err,
        };
    }
}
