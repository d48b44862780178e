//! Synchronization metadata of SMPTE ST 2059-2: how local time, time code and daylight saving hang on PTP time.
//! A grandmaster sends it once a second in a management message (COMMAND to every port).
//!
//! The layout is as implementations have it; the SMPTE text was not read first-hand.

const std = @import("std");
const tlv = @import("tlv.zig");

pub const organization = [3]u8{ 0x68, 0x97, 0xE8 };
pub const sub_type = [3]u8{ 0, 0, 1 };
/// With the six bytes of organization and sub type.
pub const value_bytes = 48;

pub const LockingStatus = enum(u8) { not_used = 0, free_run = 1, cold_locking = 2, warm_locking = 3, locked = 4, _ };

pub const SynchronizationMetadata = struct {
    default_frame_rate_numerator: u32,
    default_frame_rate_denominator: u32,
    /// Of the grandmaster to its reference.
    locking_status: LockingStatus,
    drop_frame: bool,
    color_frame: bool,
    /// Local time less PTP time, in seconds.
    local_offset_s: i32,
    /// By how much local time jumps next.
    jump_s: i32,
    /// PTP seconds; 0 if none is known.
    next_jump_s: u48,
    /// When time code is set to local time next.
    next_jam_s: u48,
    previous_jam_s: u48,
    previous_jam_local_offset_s: i32,
    daylight_saving: bool,
    daylight_saving_after_jump: bool,
    daylight_saving_at_previous_jam: bool,
    /// The next jump is a leap second.
    leap_second_jump: bool,

    /// Null for a TLV that is something else or too short.
    pub fn read(one: tlv.Tlv) ?SynchronizationMetadata {
        const extension = tlv.Organization.read(one) orelse return null;
        if (!std.mem.eql(u8, &extension.id, &organization)) return null;
        if (!std.mem.eql(u8, &extension.sub_type, &sub_type)) return null;
        if (one.value.len < value_bytes) return null;
        const data = extension.data;
        return .{
            .default_frame_rate_numerator = std.mem.readInt(u32, data[0..4], .big),
            .default_frame_rate_denominator = std.mem.readInt(u32, data[4..8], .big),
            .locking_status = @fromBackingInt(data[8]),
            .drop_frame = data[9] & 1 != 0,
            .color_frame = data[9] & 2 != 0,
            .local_offset_s = std.mem.readInt(i32, data[10..14], .big),
            .jump_s = std.mem.readInt(i32, data[14..18], .big),
            .next_jump_s = std.mem.readInt(u48, data[18..24], .big),
            .next_jam_s = std.mem.readInt(u48, data[24..30], .big),
            .previous_jam_s = std.mem.readInt(u48, data[30..36], .big),
            .previous_jam_local_offset_s = std.mem.readInt(i32, data[36..40], .big),
            .daylight_saving = data[40] & 1 != 0,
            .daylight_saving_after_jump = data[40] & 2 != 0,
            .daylight_saving_at_previous_jam = data[40] & 4 != 0,
            .leap_second_jump = data[41] & 1 != 0,
        };
    }

    /// The value of an organization extension TLV.
    pub fn value(self: SynchronizationMetadata) [value_bytes]u8 {
        var bytes: [value_bytes]u8 = undefined;
        bytes[0..3].* = organization;
        bytes[3..6].* = sub_type;
        const data = bytes[6..];
        std.mem.writeInt(u32, data[0..4], self.default_frame_rate_numerator, .big);
        std.mem.writeInt(u32, data[4..8], self.default_frame_rate_denominator, .big);
        data[8] = @backingInt(self.locking_status);
        data[9] = @as(u8, @intFromBool(self.drop_frame)) | @as(u8, @intFromBool(self.color_frame)) << 1;
        std.mem.writeInt(i32, data[10..14], self.local_offset_s, .big);
        std.mem.writeInt(i32, data[14..18], self.jump_s, .big);
        std.mem.writeInt(u48, data[18..24], self.next_jump_s, .big);
        std.mem.writeInt(u48, data[24..30], self.next_jam_s, .big);
        std.mem.writeInt(u48, data[30..36], self.previous_jam_s, .big);
        std.mem.writeInt(i32, data[36..40], self.previous_jam_local_offset_s, .big);
        data[40] = @as(u8, @intFromBool(self.daylight_saving)) |
            @as(u8, @intFromBool(self.daylight_saving_after_jump)) << 1 |
            @as(u8, @intFromBool(self.daylight_saving_at_previous_jam)) << 2;
        data[41] = @intFromBool(self.leap_second_jump);
        return bytes;
    }
};

const expect = std.testing.expect;

const example = [value_bytes]u8{
    0x68, 0x97, 0xE8, 0x00, 0x00, 0x01,
    0x00, 0x00, 0x75, 0x30, 0x00, 0x00, 0x03, 0xE9, // 30000/1001
    0x04, 0x01, // locked, drop frame
    0xFF, 0xFF, 0xB9, 0x8B, // -18037 s
    0x00, 0x00, 0x0E, 0x10, // 3600 s
    0x00, 0x00, 0x6A, 0x00,
    0x00, 0x01, 0x00, 0x00,
    0x6A, 0x00, 0x00, 0x02,
    0x00, 0x00, 0x69, 0x00,
    0x00, 0x03, 0xFF, 0xFF,
    0xB9, 0x8B, 0x05, 0x01,
};

test "SynchronizationMetadata is 48 bytes, both ways" {
    const one: tlv.Tlv = .{ .type = .organization_extension, .value = &example };
    const metadata = SynchronizationMetadata.read(one).?;
    try std.testing.expectEqual(SynchronizationMetadata{
        .default_frame_rate_numerator = 30000,
        .default_frame_rate_denominator = 1001,
        .locking_status = .locked,
        .drop_frame = true,
        .color_frame = false,
        .local_offset_s = -18037,
        .jump_s = 3600,
        .next_jump_s = 0x6A00_0001,
        .next_jam_s = 0x6A00_0002,
        .previous_jam_s = 0x6900_0003,
        .previous_jam_local_offset_s = -18037,
        .daylight_saving = true,
        .daylight_saving_after_jump = false,
        .daylight_saving_at_previous_jam = true,
        .leap_second_jump = true,
    }, metadata);
    try std.testing.expectEqualSlices(u8, &example, &metadata.value());
}

test "read() refuses truncations and others" {
    for (0..value_bytes) |length| {
        const short: tlv.Tlv = .{ .type = .organization_extension, .value = example[0..length] };
        try expect(SynchronizationMetadata.read(short) == null);
    }
    for ([_]usize{ 0, 5 }) |position| {
        var bytes = example;
        bytes[position] ^= 1;
        const other: tlv.Tlv = .{ .type = .organization_extension, .value = &bytes };
        try expect(SynchronizationMetadata.read(other) == null);
    }
}
