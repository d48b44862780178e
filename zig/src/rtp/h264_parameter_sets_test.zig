//! Records, profile-level-id and sprop-parameter-sets there and back; what is kept; hostile bytes.

const std = @import("std");
const sets_file = @import("h264_parameter_sets.zig");

const Kept = sets_file.Kept;
const Sprop = sets_file.Sprop;
const parseProfileLevelId = sets_file.parseProfileLevelId;
const parseRecord = sets_file.parseRecord;
const profileLevelId = sets_file.profileLevelId;
const writeRecord = sets_file.writeRecord;
const writeSprop = sets_file.writeSprop;
const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectEqualSlices = std.testing.expectEqualSlices;
const expectError = std.testing.expectError;

const baseline_sps = "\x67\x42\xE0\x1F\xDA\x01\x40\x16\xE8";
const high_sps = "\x67\x64\x00\x28\xAC\xD9\x40";
const pps = "\x68\xCE\x3C\x80";
const baseline_record = "\x01\x42\xE0\x1F\xFF\xE1\x00\x09" ++ baseline_sps ++ "\x01\x00\x04" ++ pps;

test "writeRecord() byte for byte, and parseRecord() back" {
    var buffer: [64]u8 = undefined;
    const baseline = try writeRecord(&buffer, &.{baseline_sps}, &.{pps});
    try expectEqualSlices(u8, baseline_record, baseline);
    for (0..baseline_record.len) |room| {
        try expectError(error.OutOfSpace, writeRecord(buffer[0..room], &.{baseline_sps}, &.{pps}));
    }
    // High profile: 4:2:0 with 8 bits, after the sets.
    const high = try writeRecord(&buffer, &.{high_sps}, &.{ pps, "\x68\x5F" });
    try expectEqualSlices(u8, "\x01\x64\x00\x28\xFF\xE1\x00\x07" ++ high_sps ++ "\x02\x00\x04" ++ pps ++
        "\x00\x02\x68\x5F" ++ "\xFD\xF8\xF8\x00", high);
    // High 4:4:4 with 10 bits: a flag stands between.
    var buffer_444: [64]u8 = undefined;
    const high_444 = try writeRecord(&buffer_444, &.{"\x67\xF4\x00\x28\x90\xD8"}, &.{pps});
    try expectEqualSlices(u8, "\xFF\xFA\xFA\x00", high_444[high_444.len - 4 ..]);
    var sets = (try parseRecord(high)).iterator();
    for ([_][]const u8{ high_sps, pps, "\x68\x5F" }) |wanted| try expectEqualSlices(u8, wanted, sets.next().?);
    try expectEqual(@as(?[]const u8, null), sets.next());
    try expectEqual(@as(u3, 4), (try parseRecord(high)).length_bytes);
}

test "writeRecord() refuses what are no sets" {
    var buffer: [64]u8 = undefined;
    const cases = [_]struct { sps: []const []const u8, pps: []const []const u8 }{
        .{ .sps = &.{}, .pps = &.{pps} },
        .{ .sps = &.{baseline_sps}, .pps = &.{} },
        .{ .sps = &.{pps}, .pps = &.{pps} },
        .{ .sps = &.{baseline_sps}, .pps = &.{baseline_sps} },
        .{ .sps = &.{"\x67\x42\xE0"}, .pps = &.{pps} },
        .{ .sps = &.{"\x67\x64\x00\x28"}, .pps = &.{pps} },
        .{ .sps = &.{baseline_sps}, .pps = &.{""} },
    };
    for (cases) |case| try expectError(error.InvalidSet, writeRecord(&buffer, case.sps, case.pps));
}

test "parseRecord() refuses every truncation and what is no record" {
    for (0..baseline_record.len) |length| {
        try expectError(error.Truncated, parseRecord(baseline_record[0..length]));
    }
    var bytes = baseline_record.*;
    bytes[0] = 0;
    try expectError(error.InvalidRecord, parseRecord(&bytes));
    bytes = baseline_record.*;
    bytes[4] = 0xFE;
    try expectError(error.InvalidRecord, parseRecord(&bytes));
    bytes = baseline_record.*;
    bytes[8] = 0x68;
    try expectError(error.InvalidRecord, parseRecord(&bytes));
}

test "profile-level-id there and back" {
    try expectEqualSlices(u8, "42e01f", &profileLevelId(baseline_sps));
    try expectEqual([3]u8{ 0x42, 0xE0, 0x1F }, try parseProfileLevelId("42E01f"));
    for ([_][]const u8{ "", "42e01", "42e01f0", "42e01g" }) |bad| {
        try expectError(error.Invalid, parseProfileLevelId(bad));
    }
}

test "sprop-parameter-sets there and back" {
    var buffer: [64]u8 = undefined;
    const wanted = "Z0LgH9oBQBbo,aM48gA==";
    try expectEqualSlices(u8, wanted, try writeSprop(&buffer, &.{ baseline_sps, pps }));
    for (0..wanted.len) |room| try expectError(error.OutOfSpace, writeSprop(buffer[0..room], &.{ baseline_sps, pps }));
    var sprop: Sprop = .init(wanted);
    try expectEqualSlices(u8, baseline_sps, (try sprop.next(&buffer)).?);
    try expectEqualSlices(u8, pps, (try sprop.next(&buffer)).?);
    try expectEqual(@as(?[]u8, null), try sprop.next(&buffer));
    for ([_][]const u8{ "", ",", "Z0L", "Z0L?", "====" }) |bad| {
        sprop = .init(bad);
        try expectError(error.Invalid, sprop.next(&buffer));
        try expectEqual(@as(?[]u8, null), try sprop.next(&buffer));
    }
    sprop = .init(wanted);
    try expectError(error.OutOfSpace, sprop.next(buffer[0..8]));
}

test "Kept has the newest set of each id, and counts what it cannot keep" {
    var kept: Kept = .{};
    var buffer: [128]u8 = undefined;
    try expectError(error.InvalidSet, kept.writeRecord(&buffer));
    kept.keep("\x65\x88");
    kept.keep(high_sps);
    kept.keep(baseline_sps);
    kept.keep(pps);
    try expectEqual(@as(u32, 3), kept.generation);
    kept.keep(pps);
    kept.keep(baseline_sps);
    try expectEqual(@as(u32, 3), kept.generation);
    try expectEqualSlices(u8, baseline_record, try kept.writeRecord(&buffer));
    try expectEqualSlices(u8, "Z0LgH9oBQBbo,aM48gA==", try kept.writeSprop(&buffer));
    try expectEqualSlices(u8, baseline_sps, kept.firstSps().?);
    // Ids 1 to 7: 010, 011, 00100 …
    for ([_]u8{ 0x40, 0x60, 0x20, 0x28, 0x30, 0x38, 0x10 }) |second| kept.keep(&.{ 0x68, second });
    try expectEqual(@as(u64, 0), kept.refused);
    kept.keep("\x68\x12"); // id 8
    kept.keep("\x68\x00"); // no id
    kept.keep("\x67\x42\xE0\x1F\x00\x00\x00\x01"); // an id that is too high
    kept.keep("\x68" ++ &@as([512]u8, @splat(0xFF)));
    try expectEqual(@as(u64, 4), kept.refused);
    try expectEqual(@as(u32, 8), kept.pps.count);
}

test "any sets and records are read without harm" {
    var random_state = std.Random.DefaultPrng.init(0x61_7663_43);
    const random = random_state.random();
    var kept: Kept = .{};
    var taken: u32 = 0;
    for (0..50_000) |_| {
        var bytes: [40]u8 = baseline_record.* ++ @as([40 - baseline_record.len]u8, @splat(0));
        for (0..random.uintAtMost(u32, 3)) |_| bytes[random.uintLessThan(usize, bytes.len)] = random.int(u8);
        const length = random.intRangeAtMost(usize, 1, bytes.len);
        if (parseRecord(bytes[0..length])) |record| {
            taken += 1;
            var sets = record.iterator();
            while (sets.next()) |set| kept.keep(set);
        } else |_| {}
        random.bytes(bytes[0..8]);
        bytes[0] = if (random.boolean()) 0x67 else 0x68;
        kept.keep(bytes[0..random.intRangeAtMost(usize, 1, 8)]);
        var text: [64]u8 = undefined;
        var sprop: Sprop = .init(bytes[0..length]);
        _ = sprop.next(&text) catch {};
    }
    var record: [4096 * 3]u8 = undefined;
    if (kept.writeRecord(&record)) |bytes| _ = try parseRecord(bytes) else |err| try expectEqual(error.InvalidSet, err);
    try expect(taken > 5_000 and kept.refused > 100);
}
