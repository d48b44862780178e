//! RTP packets, for tools that look into them. See ../rtp/packet.zig.

const packet = @import("../rtp/packet.zig");
const result = @import("../result.zig");
const Buffer = @import("buffer.zig");

pub const layouts = .{ .RtpHeader = Header };

/// What a packet says, and where its parts lie in it.
pub const Header = extern struct {
    /// 0 or 1.
    marker: u32,
    payload_type: u32,
    sequence: u32,
    timestamp: u32,
    ssrc: u32,
    /// Contributing sources, 4 bytes each, from byte 12 on.
    csrc_count: u32,
    /// 0 or 1.
    has_extension: u32,
    extension_profile: u32,
    extension_offset: u32,
    extension_bytes: u32,
    payload_offset: u32,
    payload_bytes: u32,
    padding_bytes: u32,
};

/// Parses an RTP packet (RFC 3550 section 5.1) into a header (layout RtpHeader). Returns 0, or why it is no packet:
/// 1 too short, 2 not version 2, 3 it ends within its sources, 4 within its extension, 5 bad padding.
pub fn sl_rtp_parse(bytes: ?[*]const u8, byte_count: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(parse(bytes, byte_count, out, out_bytes));
}

fn parse(bytes: ?[*]const u8, byte_count: u32, out: ?[*]u8, out_bytes: u32) result.Error!u32 {
    const source = try Buffer.read(bytes, byte_count);
    const one = packet.parse(source) catch |err| return switch (err) {
        error.TooShort => 1,
        error.WrongVersion => 2,
        error.TruncatedSources => 3,
        error.TruncatedExtension => 4,
        error.BadPadding => 5,
    };
    const header_end: u32 = @intCast(packet.header_bytes + one.csrc_bytes.len);
    try Buffer.write(Header, .{
        .marker = @intFromBool(one.marker),
        .payload_type = one.payload_type,
        .sequence = one.sequence,
        .timestamp = one.timestamp,
        .ssrc = one.ssrc,
        .csrc_count = @intCast(one.csrcCount()),
        .has_extension = @intFromBool(one.extension != null),
        .extension_profile = if (one.extension) |extension| extension.profile else 0,
        .extension_offset = if (one.extension != null) header_end + 4 else 0,
        .extension_bytes = if (one.extension) |extension| @intCast(extension.data.len) else 0,
        .payload_offset = @intCast(source.len - one.padding_bytes - one.payload.len),
        .payload_bytes = @intCast(one.payload.len),
        .padding_bytes = one.padding_bytes,
    }, out, out_bytes);
    return 0;
}
