//! Pixel groups: the smallest run of samples that fills whole bytes (ST 2110-20 tables 1 to 4, RFC 4175 section 4.3).
//!
//! Bits lie in the order of the samples, the most significant first, over the borders of bytes. The samples of a group:
//!
//!     4:2:2     Cb Y0 Cr Y1
//!     4:4:4     Cb Y Cr of each pixel; R G B; X Y Z
//!     4:2:0     Y00 Y01 Y10 Y11 Cb Cr of two rows; with 10 bits two such squares side by side
//!     key       K
//!
//! CLYCbCr and ICtCp lie as YCbCr does, with Ct in the place of Cb and Cp in that of Cr; for ICtCp and XYZ that is by
//! analogy, not read in the standard.

const std = @import("std");

pub const Sampling = enum(u32) {
    ycbcr_422 = 1,
    ycbcr_444 = 2,
    ycbcr_420 = 3,
    rgb = 4,
    xyz = 5,
    key = 6,
};

/// Bits of a sample; 16f is half-precision float, which lies as 16 does.
pub const Depth = enum(u32) {
    bits_8 = 8,
    bits_10 = 10,
    bits_12 = 12,
    bits_16 = 16,
    float_16 = 116,

    pub fn bits(self: Depth) u5 {
        return switch (self) {
            .bits_8 => 8,
            .bits_10 => 10,
            .bits_12 => 12,
            .bits_16, .float_16 => 16,
        };
    }
};

pub const Pgroup = struct {
    bytes: u16,
    /// Width in pixels. A 4:2:0 group is two rows high.
    columns: u16,
    rows: u16,

    /// The group of a sampling and depth; null if ST 2110-20 has none.
    pub fn of(sampling: Sampling, depth: Depth) ?Pgroup {
        const wide: Pgroup, const samples_in_turn: [3]Pgroup = switch (sampling) {
            .ycbcr_422 => .{ group(8, 2), .{ group(4, 2), group(5, 2), group(6, 2) } },
            .ycbcr_444, .rgb => .{ group(6, 1), .{ group(3, 1), group(15, 4), group(9, 2) } },
            .xyz => return switch (depth) {
                .bits_8, .bits_10 => null,
                .bits_12 => group(9, 2),
                .bits_16, .float_16 => group(6, 1),
            },
            .ycbcr_420 => return switch (depth) {
                .bits_8 => .{ .bytes = 6, .columns = 2, .rows = 2 },
                .bits_10 => .{ .bytes = 15, .columns = 4, .rows = 2 },
                .bits_12 => .{ .bytes = 9, .columns = 2, .rows = 2 },
                .bits_16, .float_16 => null,
            },
            .key => .{ group(2, 1), .{ group(1, 1), group(5, 4), group(3, 2) } },
        };
        return switch (depth) {
            .bits_8 => samples_in_turn[0],
            .bits_10 => samples_in_turn[1],
            .bits_12 => samples_in_turn[2],
            .bits_16, .float_16 => wide,
        };
    }

    fn group(bytes: u16, columns: u16) Pgroup {
        return .{ .bytes = bytes, .columns = columns, .rows = 1 };
    }

    /// Bytes of a row (a pair of rows in 4:2:0) of `width` pixels; the last group is filled up with zeros.
    pub fn rowBytes(self: Pgroup, width: u32) u32 {
        return (width + self.columns - 1) / self.columns * self.bytes;
    }
};

test "every group holds whole samples and nothing else" {
    for (std.enums.values(Sampling)) |sampling| {
        for (std.enums.values(Depth)) |depth| {
            const one = Pgroup.of(sampling, depth) orelse continue;
            const pixels: u32 = one.columns * one.rows;
            const samples: u32 = switch (sampling) {
                .ycbcr_422 => pixels * 2,
                .ycbcr_444, .rgb, .xyz => pixels * 3,
                .ycbcr_420 => pixels / 2 * 3,
                .key => pixels,
            };
            try std.testing.expectEqual(samples * depth.bits(), @as(u32, one.bytes) * 8);
        }
    }
}

test "the table of ST 2110-20" {
    const expectEqual = std.testing.expectEqual;
    const none: ?Pgroup = null;
    try expectEqual(Pgroup{ .bytes = 5, .columns = 2, .rows = 1 }, Pgroup.of(.ycbcr_422, .bits_10).?);
    try expectEqual(Pgroup{ .bytes = 8, .columns = 2, .rows = 1 }, Pgroup.of(.ycbcr_422, .float_16).?);
    try expectEqual(Pgroup{ .bytes = 15, .columns = 4, .rows = 1 }, Pgroup.of(.rgb, .bits_10).?);
    try expectEqual(Pgroup{ .bytes = 9, .columns = 2, .rows = 1 }, Pgroup.of(.xyz, .bits_12).?);
    try expectEqual(Pgroup{ .bytes = 15, .columns = 4, .rows = 2 }, Pgroup.of(.ycbcr_420, .bits_10).?);
    try expectEqual(Pgroup{ .bytes = 5, .columns = 4, .rows = 1 }, Pgroup.of(.key, .bits_10).?);
    try expectEqual(none, Pgroup.of(.xyz, .bits_10));
    try expectEqual(none, Pgroup.of(.ycbcr_420, .bits_16));
    try expectEqual(@as(u32, 4800), Pgroup.of(.ycbcr_422, .bits_10).?.rowBytes(1920));
    try expectEqual(@as(u32, 5 * 360 + 5), Pgroup.of(.ycbcr_422, .bits_10).?.rowBytes(721));
}
