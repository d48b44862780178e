//! Access units into packets: exact bytes, every size, parameter sets, what is refused.

const std = @import("std");
const h264 = @import("h264.zig");
const packet = @import("packet.zig");
const packetizer_file = @import("h264_packetizer.zig");

const Packetizer = packetizer_file.Packetizer;
const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectEqualSlices = std.testing.expectEqualSlices;
const expectError = std.testing.expectError;

const options: packetizer_file.Options = .{
    .payload_type = 96,
    .ssrc = 0xAABBCCDD,
    .sequence = 0xFFFF,
    .framing = .annex_b,
    .udp_bytes_max = 64,
};
/// 64 less 8 and 12.
const payload_bytes_max = 44;

const record = "\x01\x42\xE0\x1F\xFF\xE1\x00\x05\x67\x42\xE0\x1F\x80\x01\x00\x02\x68\xCE";

fn times(comptime text: []const u8, comptime count: usize) *const [text.len * count]u8 {
    return comptime all: {
        var bytes: [text.len * count]u8 = undefined;
        for (0..count) |i| @memcpy(bytes[i * text.len ..][0..text.len], text);
        const fixed = bytes;
        break :all &fixed;
    };
}

fn expectPayloads(packetizer: *Packetizer, access_unit: []const u8, wanted: []const []const u8) !void {
    try expectEqual(@as(u32, @intCast(wanted.len)), try packetizer.begin(access_unit, 0x01020304));
    for (wanted, 1..) |payload, i| {
        var buffer: [64]u8 = undefined;
        const one = try packet.parse((try packetizer.next(&buffer)).?);
        try expectEqualSlices(u8, payload, one.payload);
        try expectEqual(i == wanted.len, one.marker);
        try expectEqual(@as(u32, 0x01020304), one.timestamp);
    }
    var buffer: [64]u8 = undefined;
    try expectEqual(@as(?[]u8, null), try packetizer.next(&buffer));
}

test "a unit in a packet of its own, byte for byte" {
    var packetizer: Packetizer = try .init(options);
    var buffer: [64]u8 = undefined;
    try expectEqual(@as(?[]u8, null), try packetizer.next(&buffer));
    try expectEqual(@as(u32, 1), try packetizer.begin("\x00\x00\x00\x01\x65\x88\x80", 0x01020304));
    for (0..15) |room| try expectError(error.OutOfSpace, packetizer.next(buffer[0..room]));
    try expectEqualSlices(u8, &.{
        0x80, 0xE0, 0xFF, 0xFF, 1, 2, 3, 4, 0xAA, 0xBB, 0xCC, 0xDD, //
        0x65, 0x88, 0x80,
    }, (try packetizer.next(&buffer)).?);
    try expectEqual(@as(?[]u8, null), try packetizer.next(&buffer));
    try expectEqual(@as(u16, 0), packetizer.sequence);
}

test "small units go into one STAP-A" {
    var packetizer: Packetizer = try .init(options);
    const units = "\x00\x00\x01\x67abc" ++ "\x00\x00\x01\x68d" ++ "\x00\x00\x01\x06e";
    try expectPayloads(&packetizer, units, &.{"\x78\x00\x04\x67abc\x00\x02\x68d\x00\x02\x06e"});
    // Units of NRI 0 make one of NRI 0.
    try expectPayloads(&packetizer, "\x00\x00\x01\x06a\x00\x00\x01\x09b", &.{"\x18\x00\x02\x06a\x00\x02\x09b"});
    // More than eight go into two.
    const nine = times("\x00\x00\x01\x06", 9);
    try expectPayloads(&packetizer, nine, &.{ "\x18" ++ times("\x00\x01\x06", 8), "\x06" });
}

test "a long unit is cut into FU-A" {
    var packetizer: Packetizer = try .init(options);
    const unit = "\x65" ++ times("a", 42) ++ times("b", 42) ++ "c";
    try expectPayloads(&packetizer, "\x00\x00\x01" ++ unit, &.{
        "\x7C\x85" ++ times("a", 42),
        "\x7C\x05" ++ times("b", 42),
        "\x7C\x45c",
    });
    // After it, what is small stands by itself again.
    try expectPayloads(&packetizer, "\x00\x00\x01" ++ unit ++ "\x00\x00\x01\x41x\x00\x00\x01\x41y", &.{
        "\x7C\x85" ++ times("a", 42),
        "\x7C\x05" ++ times("b", 42),
        "\x7C\x45c",
        "\x58\x00\x02\x41x\x00\x02\x41y",
    });
}

test "units of every length around the limits" {
    for (1..140) |length| {
        var packetizer: Packetizer = try .init(options);
        var bytes: [144]u8 = @splat(0xFF);
        std.mem.writeInt(u32, bytes[0..4], @intCast(length), .big);
        bytes[4] = 0x41;
        packetizer.options.framing = .avcc;
        const count = try packetizer.begin(bytes[0 .. 4 + length], 0);
        const fragments = (length - 1 + 41) / 42;
        try expectEqual(@as(u32, @intCast(if (length <= payload_bytes_max) 1 else fragments)), count);
        var sum: usize = 0;
        while (packetizer.nextParts()) |parts| {
            try expect(parts.bytes() + 8 <= options.udp_bytes_max);
            sum += parts.pieces[0].data.len;
        }
        try expectEqual(if (length <= payload_bytes_max) length else length - 1, sum);
    }
}

test "two units fill a STAP-A to the last byte, or not" {
    // 1 + 2 + 20 + 2 + 19 are 44.
    for ([_]usize{ 19, 20 }, [_]u32{ 1, 2 }) |second, wanted| {
        var packetizer: Packetizer = try .init(options);
        var bytes: [64]u8 = @splat(0x41);
        bytes[0] = 20;
        bytes[21] = @intCast(second);
        packetizer.options.framing = .avcc;
        packetizer.options.length_bytes = 1;
        try expectEqual(wanted, try packetizer.begin(bytes[0 .. 22 + second], 0));
    }
}

test "single NAL unit mode neither puts together nor cuts" {
    var single = options;
    single.mode = .single_unit;
    single.framing = .avcc;
    single.length_bytes = 2;
    var packetizer: Packetizer = try .init(single);
    try expectPayloads(&packetizer, "\x00\x02\x67a\x00\x02\x68b", &.{ "\x67a", "\x68b" });
    const fits = "\x00\x2C\x65" ++ times("a", 43);
    try expectPayloads(&packetizer, fits, &.{fits[2..]});
    try expectError(error.UnitTooLong, packetizer.begin("\x00\x2D\x65" ++ times("a", 44), 0));
    const long = "\x01\x42\xE0\x1F\xFD\xE1\x00\x2D\x67" ++ times("a", 44) ++ "\x00";
    try expectError(error.UnitTooLong, packetizer.insertParameterSets(long));
}

test "parameter sets go before an IDR picture that has none, but after a delimiter" {
    var packetizer: Packetizer = try .init(options);
    try packetizer.insertParameterSets(record);
    const sets = "\x00\x05\x67\x42\xE0\x1F\x80\x00\x02\x68\xCE";
    try expectPayloads(&packetizer, "\x00\x00\x01\x65a", &.{"\x78" ++ sets ++ "\x00\x02\x65a"});
    try expectPayloads(&packetizer, "\x00\x00\x01\x09\x10\x00\x00\x01\x65a", &.{
        "\x78\x00\x02\x09\x10" ++ sets ++ "\x00\x02\x65a",
    });
    try expectPayloads(&packetizer, "\x00\x00\x01\x41a", &.{"\x41a"});
    try expectPayloads(&packetizer, "\x00\x00\x01\x67z\x00\x00\x01\x65a", &.{"\x78\x00\x02\x67z\x00\x02\x65a"});
    packetizer.options.mode = .single_unit;
    try expectPayloads(&packetizer, "\x00\x00\x01\x65a", &.{ "\x67\x42\xE0\x1F\x80", "\x68\xCE", "\x65a" });
    try packetizer.insertParameterSets(null);
    try expectPayloads(&packetizer, "\x00\x00\x01\x65a", &.{"\x65a"});
    try expectError(error.Truncated, packetizer.insertParameterSets(record[0..9]));
}

test "begin() refuses what is no access unit, and leaves the one before as it is" {
    var packetizer: Packetizer = try .init(options);
    _ = try packetizer.begin("\x00\x00\x01\x65a", 7);
    try expectError(error.Empty, packetizer.begin("", 0));
    try expectError(error.NoStartCode, packetizer.begin("\x65a", 0));
    for ([_][]const u8{ "\x00\x00\x01\x60", "\x00\x00\x01\x65\x00\x00\x01\x78", "\x00\x00\x01\x1F" }) |bad| {
        try expectError(error.ReservedUnit, packetizer.begin(bad, 0));
    }
    packetizer.options.framing = .avcc;
    const whole = "\x00\x00\x00\x02\x65a";
    for (1..whole.len) |length| try expectError(error.Truncated, packetizer.begin(whole[0..length], 0));
    var buffer: [64]u8 = undefined;
    try expectEqualSlices(u8, "\x65a", (try packet.parse((try packetizer.next(&buffer)).?)).payload);
}

test "init() refuses sizes that cannot be" {
    var bad = options;
    bad.udp_bytes_max = 63;
    try expectError(error.OutOfRange, Packetizer.init(bad));
    bad.udp_bytes_max = 65_516;
    try expectError(error.OutOfRange, Packetizer.init(bad));
    bad = options;
    bad.length_bytes = 3;
    try expectError(error.OutOfRange, Packetizer.init(bad));
}

test "gather() gives the packet that next() writes" {
    var packetizer: Packetizer = try .init(options);
    _ = try packetizer.begin("\x00\x00\x01\x67abc" ++ "\x00\x00\x01\x68d" ++ "\x00\x00\x01\x65" ++ times("e", 60), 9);
    while (true) {
        var copy = packetizer;
        const parts = packetizer.nextParts() orelse break;
        var whole: [64]u8 = undefined;
        const written = (try copy.next(&whole)).?;
        var slices: [packetizer_file.gather_count_max][]const u8 = undefined;
        var rest: []const u8 = written;
        for (parts.gather(&slices)) |slice| {
            try expectEqualSlices(u8, slice, rest[0..slice.len]);
            rest = rest[slice.len..];
        }
        try expectEqual(@as(usize, 0), rest.len);
        try expectEqual(parts.bytes(), @as(u32, @intCast(written.len)));
    }
}

test "any bytes: what begin() takes comes out whole" {
    var random_state = std.Random.DefaultPrng.init(0x6184);
    const random = random_state.random();
    var taken: u32 = 0;
    for (0..30_000) |_| {
        var case = options;
        case.framing = random.enumValue(h264.Framing);
        case.mode = random.enumValue(packetizer_file.Mode);
        case.length_bytes = @as(u3, 1) << random.uintAtMost(u2, 2);
        var packetizer: Packetizer = try .init(case);
        if (random.boolean()) try packetizer.insertParameterSets(record);
        var bytes: [400]u8 = @splat(0x41);
        var length: usize = 0;
        for (0..random.uintAtMost(u32, 4)) |_| {
            const unit_bytes = random.uintAtMost(u8, 90);
            const prefix: []const u8 = switch (case.framing) {
                .annex_b => "\x00\x00\x01",
                .avcc => (&[4]u8{ 0, 0, 0, unit_bytes })[4 - @as(usize, case.length_bytes) ..],
            };
            @memcpy(bytes[length..][0..prefix.len], prefix);
            if (unit_bytes > 0) bytes[length + prefix.len] = random.intRangeAtMost(u8, 1, 12);
            length += prefix.len + unit_bytes;
        }
        for (0..random.uintAtMost(u32, 2)) |_| bytes[random.uintLessThan(usize, bytes.len)] = random.int(u8) & 0x83;
        const access_unit = bytes[0..length -| random.uintAtMost(usize, 1)];
        const count = packetizer.begin(access_unit, 0) catch continue;
        taken += 1;
        for (1..count + 1) |i| {
            const parts = packetizer.nextParts().?;
            try expectEqual(i == count, parts.marker);
            try expect(parts.bytes() + 8 <= case.udp_bytes_max);
        }
        try expect(packetizer.nextParts() == null);
    }
    try expect(taken > 5000);
}
