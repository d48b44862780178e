//! What tests of shared TAI need: names that nobody else has, and mappings.

const std = @import("std");
const linux = std.os.linux;
const time = @import("../time.zig");
const files = @import("region_file.zig");
const Reader = @import("reader.zig").Reader;
const TaiMapping = @import("../ptp/tai_mapping.zig").TaiMapping;

/// A name that no other test and no other run has, and its file.
pub const Place = struct {
    name: files.Name,
    path: files.Path,

    pub fn init(comptime what: []const u8) Place {
        var buffer: [files.name_bytes_max]u8 = undefined;
        const text = std.fmt.bufPrint(&buffer, "test-{s}-{d}", .{ what, linux.getpid() }) catch unreachable;
        const name = files.Name.init(text) catch unreachable;
        const path: files.Path = .init(&name, .own);
        files.remove(&path);
        return .{ .name = name, .path = path };
    }

    pub fn remove(self: *const Place) void {
        files.remove(&self.path);
    }

    pub fn reader(self: *const Place) Reader {
        return .{ .given_name = self.name };
    }
};

pub fn monotonicNs() i64 {
    return @intCast(time.monotonicNs());
}

/// A mapping that begins now and says `tai_ns`.
pub fn mappingOf(tai_ns: i64) TaiMapping {
    var mapping: TaiMapping = .init(monotonicNs(), tai_ns, 500);
    mapping.state = .locked;
    return mapping;
}

pub const year_2030_ns = 1_900_000_000 * std.time.ns_per_s;
