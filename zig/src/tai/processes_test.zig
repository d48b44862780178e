//! TAI of real processes: killed publishers, and users beside root.

const std = @import("std");
const linux = std.os.linux;
const kit = @import("test_kit.zig");
const time = @import("../time.zig");
const Place = kit.Place;
const Publisher = @import("publisher.zig").Publisher;
const State = @import("../ptp/tai_mapping.zig").State;
const TaiMapping = @import("../ptp/tai_mapping.zig").TaiMapping;

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;
const mappingOf = kit.mappingOf;
const ns_per_ms = std.time.ns_per_ms;
const ns_per_s = std.time.ns_per_s;
const year_2030_ns = kit.year_2030_ns;

test "processes: users go by what root publishes, and go on from it when root has gone" {
    if (linux.geteuid() != 0) return error.SkipZigTest;
    const place: Place = .init("root");
    defer place.remove();
    const user = 54_321;
    var buffer: [128]u8 = undefined;
    const user_path = try std.fmt.bufPrintSentinel(&buffer, "{s}-{d}", .{ std.mem.span(place.path.pointer()), user }, 0);
    defer _ = linux.unlink(user_path);
    var reader = place.reader();
    var publisher: Publisher = try .openIn(&reader, .{}, .ptp);
    const mapping = mappingOf(year_2030_ns);
    publisher.publish(&mapping);
    try expectEqual(@as(i32, 0), try runAs(user, &place, &mapping, expectFollowed));
    publisher.close();
    try expectEqual(@as(i32, 0), try runAs(user, &place, &mapping, expectTakenOver));
    // Nobody else's file is looked at.
    try expect(linux.errno(linux.access(user_path, 0)) == .SUCCESS);
    try expectEqual(@as(u32, 0), reader.told(time.monotonicNs()).publisher_pid);
}

const AsUser = fn (place: *const Place, mapping: *const TaiMapping) anyerror!void;

/// Runs `function` in a process of a user; returns how that ended.
fn runAs(user: u32, place: *const Place, mapping: *const TaiMapping, function: *const AsUser) !i32 {
    const pid = linux.fork();
    if (pid == 0) {
        if (linux.errno(linux.setuid(user)) != .SUCCESS) linux.exit(2);
        function(place, mapping) catch linux.exit(1);
        linux.exit(0);
    }
    var exit_status: i32 = -1;
    _ = linux.waitpid(@intCast(pid), &exit_status, 0);
    return exit_status;
}

fn expectFollowed(place: *const Place, mapping: *const TaiMapping) !void {
    var reader = place.reader();
    const instant_ns = mapping.local_ns + ns_per_s;
    try expectEqual(@as(u64, @intCast(mapping.tickTimeAt(instant_ns))), reader.taiOf(@intCast(instant_ns)));
    try expectEqual(@as(u32, 1), reader.told(time.monotonicNs()).is_shared);
    try expectError(error.Busy, Publisher.openIn(&reader, .{}, .ptp));
}

fn expectTakenOver(place: *const Place, mapping: *const TaiMapping) !void {
    var reader = place.reader();
    var publisher: Publisher = try .openIn(&reader, .{}, .ptp);
    try std.testing.expectEqualDeep(mapping.*, publisher.begin().?);
    publisher.publish(mapping);
    const told = reader.told(time.monotonicNs() + 2 * ns_per_ms);
    try expectEqual(@as(u32, @intCast(linux.getpid())), told.publisher_pid);
    try expectEqual(@as(u64, 0), told.steps);
    const instant_ns = mapping.local_ns + ns_per_s;
    try expectEqual(@as(u64, @intCast(mapping.tickTimeAt(instant_ns))), reader.taiOf(@intCast(instant_ns)));
    publisher.close();
}

test "processes: a publisher is killed, and another takes over without a jump" {
    const place: Place = .init("kill");
    defer place.remove();
    var reader = place.reader();
    const pid = linux.fork();
    if (pid == 0) {
        publishForever(&place) catch {};
        linux.exit(1);
    }
    const child: i32 = @intCast(pid);
    // A writer in another process that never pauses: every mapping says the same, a torn one would not.
    var seen: u64 = 0;
    while (seen < 20_000) {
        reader.look();
        const now_ns = time.monotonicNs();
        const told = reader.told(now_ns);
        if (told.is_shared == 0) continue;
        try expectEqual(@as(u32, @intCast(child)), told.publisher_pid);
        const difference_ns = @as(i64, @intCast(told.tai_ns)) - @as(i64, @intCast(now_ns)) - year_2030_ns;
        try expectEqual(@as(i64, 0), difference_ns);
        seen += 1;
    }
    var busy_reader = place.reader();
    try expectError(error.Busy, Publisher.openIn(&busy_reader, .{}, .ptp));
    const steps = reader.told(time.monotonicNs()).steps;
    _ = linux.kill(child, .KILL);
    var exit_status: i32 = undefined;
    _ = linux.waitpid(child, &exit_status, 0);
    // Dead for three seconds, as readers see it.
    const later_ns = time.monotonicNs() + 3 * ns_per_s;
    try expectEqual(@as(u32, 0), reader.told(later_ns).publisher_pid);
    try expectEqual(@backingInt(State.holdover), reader.told(later_ns).state);
    var next: Publisher = try .openIn(&reader, .{}, .ptp);
    defer next.close();
    const mapping = next.begin().?;
    try expectEqual(later_ns + year_2030_ns, @as(u64, @intCast(mapping.tickTimeAt(@intCast(later_ns)))));
    next.publish(&mapping);
    try expectEqual(@as(u32, @intCast(linux.getpid())), reader.told(time.monotonicNs()).publisher_pid);
    const told = reader.told(later_ns);
    try expectEqual(later_ns + year_2030_ns, told.tai_ns);
    try expectEqual(steps, told.steps);
}

/// TAI is monotonic time and a constant, said with another anchor each time.
fn publishForever(place: *const Place) !void {
    var reader = place.reader();
    var publisher: Publisher = try .openIn(&reader, .{}, .ptp);
    var anchor_ns: i64 = 0;
    while (true) : (anchor_ns +%= 1_000_003) {
        var mapping: TaiMapping = .init(anchor_ns, anchor_ns + year_2030_ns, 500);
        mapping.state = .locked;
        publisher.publish(&mapping);
        if (anchor_ns > 1 << 40) anchor_ns = 0;
    }
}
