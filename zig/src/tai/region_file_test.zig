//! Which files are used, and what becomes of the others.

const std = @import("std");
const linux = std.os.linux;
const files = @import("region_file.zig");
const kit = @import("test_kit.zig");
const region_module = @import("region.zig");
const time = @import("../time.zig");
const Place = kit.Place;
const Publisher = @import("publisher.zig").Publisher;
const Refusal = @import("region.zig").Refusal;
const TaiMapping = @import("../ptp/tai_mapping.zig").TaiMapping;

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectError = std.testing.expectError;
const mappingOf = kit.mappingOf;
const ns_per_ms = std.time.ns_per_ms;
const ns_per_s = std.time.ns_per_s;
const year_2030_ns = kit.year_2030_ns;

test "files that are not ours are refused, and the reason is told" {
    const place: Place = .init("refused");
    defer place.remove();
    const ones: [region_module.bytes]u8 = @splat(1);
    const cases = .{
        .{ Refusal.wrong_size, "short", 0o644 },
        .{ Refusal.wrong_magic, &ones, 0o644 },
        .{ Refusal.wrong_owner, &ones, 0o666 },
    };
    inline for (cases) |case| {
        place.remove();
        const flags: linux.O = .{ .ACCMODE = .RDWR, .CREAT = true, .EXCL = true, .CLOEXEC = true };
        const fd: i32 = @intCast(linux.open(place.path.pointer(), flags, 0o600));
        defer _ = linux.close(fd);
        const content: []const u8 = case[1];
        _ = linux.write(fd, content.ptr, content.len);
        _ = linux.fchmod(fd, case[2]);
        try expectRefusal(&place, case[0]);
    }
    place.remove();
    _ = linux.symlink("/dev/null", place.path.pointer());
    try expectRefusal(&place, .not_a_file);
    place.remove();
    _ = linux.mkdir(place.path.pointer(), 0o755);
    defer _ = linux.rmdir(place.path.pointer());
    try expectRefusal(&place, .not_a_file);
}

/// Nobody uses the file, and the publisher publishes for its own process alone.
fn expectRefusal(place: *const Place, refusal: Refusal) !void {
    var reader = place.reader();
    try expectEqual(@backingInt(refusal), reader.told(time.monotonicNs()).refusal);
    var other_reader = place.reader();
    var publisher: Publisher = try .openIn(&other_reader, .{}, .ptp);
    try expectError(error.Busy, Publisher.openIn(&other_reader, .{}, .ptp));
    publisher.publish(&mappingOf(year_2030_ns));
    try expect(!publisher.isShared());
    const late_ns = time.monotonicNs() + ns_per_s;
    const told = other_reader.told(late_ns);
    try expect(told.tai_ns >= year_2030_ns);
    try expectEqual(@as(u32, 0), told.is_shared);
    try expectEqual(@backingInt(refusal), told.refusal);
    try expectEqual(@as(u32, 0), reader.told(time.monotonicNs()).is_shared);
    publisher.close();
    publisher = try .openIn(&other_reader, .{}, .ptp);
    publisher.close();
}

test "a file of somebody else is refused" {
    if (linux.geteuid() != 0) return error.SkipZigTest;
    const place: Place = .init("owner");
    defer place.remove();
    const machine = files.thisMachine().?;
    try expectEqual(Refusal.none, files.create(&place.path, machine));
    try expectEqual(@as(usize, 0), linux.chown(place.path.pointer(), 1234, 1234));
    try expectRefusal(&place, .wrong_owner);
}

test "a bad name is refused" {
    try expectError(error.BadName, files.Name.init(""));
    try expectError(error.BadName, files.Name.init("../etc"));
    try expectError(error.BadName, files.Name.init(&@as([65]u8, @splat('a'))));
    _ = try files.Name.init(&@as([64]u8, @splat('a')));
}

test "what another start of the machine has left, or another version, is not used and put right" {
    const place: Place = .init("boot");
    defer place.remove();
    for ([_]Refusal{ .other_machine, .wrong_layout }) |refusal| {
        var first_reader = place.reader();
        var first: Publisher = try .openIn(&first_reader, .{}, .ptp);
        first.publish(&mappingOf(year_2030_ns));
        if (refusal == .other_machine) {
            first.region.header.machine.boot_id[3] +%= 1;
        } else {
            first.region.header.layout +%= 1;
        }
        var reader = place.reader();
        const told = reader.told(time.monotonicNs());
        try expectEqual(@as(u32, 0), told.is_shared);
        try expectEqual(@backingInt(refusal), told.refusal);
        // Never while somebody of that version publishes.
        var second_reader = place.reader();
        try expectError(error.Busy, Publisher.openIn(&second_reader, .{}, .ptp));
        first.close();
        var second: Publisher = try .openIn(&second_reader, .{}, .ptp);
        defer second.close();
        try expect(second.isShared());
        try expectEqual(@as(?TaiMapping, null), second.begin());
        second.publish(&mappingOf(year_2030_ns));
        reader.look();
        const good = reader.told(time.monotonicNs() + 2 * ns_per_ms);
        try expectEqual(@as(u32, 1), good.is_shared);
        try expectEqual(@backingInt(Refusal.none), good.refusal);
    }
}

test "a file that lost its name is made anew, without a jump" {
    const place: Place = .init("name");
    defer place.remove();
    var own = place.reader();
    var publisher: Publisher = try .openIn(&own, .{}, .ptp);
    defer publisher.close();
    const mapping = mappingOf(year_2030_ns);
    publisher.publish(&mapping);
    const before = own.told(@intCast(mapping.local_ns + ns_per_s));
    place.remove();
    publisher.named_ns = 0;
    publisher.publishStatus(&.of(2, 1, @as(u64, 5)));
    var late = place.reader();
    const instant_ns: u64 = @intCast(mapping.local_ns + ns_per_s);
    try expectEqual(own.taiOf(instant_ns), late.taiOf(instant_ns));
    try expectEqual(before.steps, own.told(instant_ns).steps);
    try expectEqual(@as(u32, 1), late.told(time.monotonicNs()).is_shared);
}
