const std = @import("std");
const spirv = @import("spirv.zig");
const test_kit = @import("test_kit.zig");
const Explanation = @import("failure.zig").Explanation;

const modules = .{
    @embedFile("shaders/full_screen.vert.spv"),
    @embedFile("testdata/effect.comp.spv"),
    @embedFile("testdata/invert.comp.spv"),
    @embedFile("testdata/mix.frag.spv"),
    @embedFile("testdata/reflect.comp.spv"),
};

fn reflectBytes(bytes: []const u8) !spirv.Reflection {
    var why: Explanation = .{};
    const words = try spirv.wordsOf(std.testing.allocator, bytes, &why);
    defer std.testing.allocator.free(words);
    return spirv.reflect(std.testing.allocator, words, &why);
}

fn expectMember(member: spirv.Member, name: []const u8, offset: u32, expected: spirv.Type) !void {
    try std.testing.expectEqualStrings(name, member.name);
    try std.testing.expectEqual(offset, member.offset);
    try std.testing.expectEqual(expected, member.type);
}

test "reflect() tells entry point, workgroup and push constants" {
    var it = try reflectBytes(@embedFile("testdata/reflect.comp.spv"));
    defer it.deinit();
    try std.testing.expectEqual(@as(usize, 1), it.entry_points.len);
    const entry = it.find(.compute, "main").?;
    try std.testing.expectEqual([3]u32{ 8, 4, 2 }, entry.workgroup);
    try std.testing.expectEqual(null, it.find(.fragment, "main"));
    const push = it.push_constants.?;
    try std.testing.expectEqual(@as(u32, 16), push.bytes);
    try std.testing.expectEqual(@as(usize, 3), push.members.len);
    try expectMember(push.members[0], "resolution", 0, .{ .base = .float, .bits = 32, .rows = 2, .bytes = 8 });
    try expectMember(push.members[1], "seconds", 8, .{ .base = .float, .bits = 32, .bytes = 4 });
    try expectMember(push.members[2], "frame", 12, .{ .base = .uint, .bits = 32, .bytes = 4 });
}

test "reflect() tells bindings of every kind in their order" {
    var it = try reflectBytes(@embedFile("testdata/reflect.comp.spv"));
    defer it.deinit();
    const Wanted = struct { u32, u32, spirv.BindingKind, u32, []const u8 };
    const wanted = [_]Wanted{
        .{ 0, 0, .combined_image, 1, "picture" },
        .{ 0, 1, .storage_image, 1, "result" },
        .{ 0, 2, .uniform_buffer, 1, "settings" },
        .{ 1, 0, .sampler, 1, "smooth_sampler" },
        .{ 1, 1, .sampled_image, 3, "layers" },
        .{ 1, 4, .storage_buffer, 1, "counts" },
    };
    try std.testing.expectEqual(wanted.len, it.bindings.len);
    for (wanted, it.bindings) |want, binding| {
        try std.testing.expectEqual(want[0], binding.set);
        try std.testing.expectEqual(want[1], binding.binding);
        try std.testing.expectEqual(want[2], binding.kind);
        try std.testing.expectEqual(want[3], binding.count);
        try std.testing.expectEqualStrings(want[4], binding.name);
    }
    try std.testing.expectEqual(@as(u32, 4), it.bindings[1].image_format); // Rgba8
    try std.testing.expectEqual(@as(u32, 0x10500), it.version);
    try std.testing.expectEqualSlices(u32, &.{1}, it.capabilities); // Shader
}

test "reflect() tells members, arrays, matrices and structures inside" {
    var it = try reflectBytes(@embedFile("testdata/reflect.comp.spv"));
    defer it.deinit();
    const settings = it.bindings[2].block;
    try std.testing.expectEqual(@as(usize, 6), settings.members.len);
    try std.testing.expectEqual(@as(u32, 160), settings.bytes);
    try expectMember(settings.members[1], "shift", 8, .{ .base = .int, .bits = 32, .rows = 2, .bytes = 8 });
    try expectMember(settings.members[2], "colours", 16, .{
        .base = .float,
        .bits = 32,
        .rows = 3,
        .columns = 3,
        .matrix_stride_bytes = 16,
        .bytes = 48,
    });
    try expectMember(settings.members[3], "weights", 64, .{
        .base = .float,
        .bits = 32,
        .rows = 4,
        .count = 5,
        .array_stride_bytes = 16,
        .bytes = 80,
    });
    try expectMember(settings.members[4], "light.colour", 144, .{ .base = .float, .bits = 32, .rows = 3, .bytes = 12 });
    try expectMember(settings.members[5], "light.power", 156, .{ .base = .float, .bits = 32, .bytes = 4 });
    const counts = it.bindings[5].block;
    try std.testing.expectEqual(@as(usize, 3), counts.members.len);
    try expectMember(counts.members[1], "lights", 16, .{
        .base = .structure,
        .bits = 0,
        .count = 2,
        .array_stride_bytes = 16,
        .bytes = 32,
    });
    try expectMember(counts.members[2], "each_one", 48, .{
        .base = .uint,
        .bits = 32,
        .count = 0,
        .array_stride_bytes = 4,
        .bytes = 0,
    });
}

test "reflect() says what is wrong" {
    const gpa = std.testing.allocator;
    const Case = struct { []const u32, []const u8 };
    for ([_]Case{
        .{ &.{ 1, 2 }, "Cannot use SPIR-V: 2 words are no module" },
        .{ &.{ 0x0302_2307, 0, 0, 9, 0 }, "Cannot use SPIR-V: it is big-endian" },
        .{ &.{ 0x6c67_2023, 0, 0, 9, 0 }, "Cannot use SPIR-V: it begins with 6c672023 and not with 07230203" },
        .{ &.{ spirv.magic, 0, 0, 0, 0 }, "Cannot use SPIR-V: its bound of ids 0 is not 1 to 262144" },
        .{ &.{ spirv.magic, 0, 0, 9, 0 }, "Cannot use SPIR-V: it has no entry point" },
        .{ &.{ spirv.magic, 0, 0, 9, 0, 0x0009_0005 }, "Cannot use SPIR-V: the instruction at word 5 has no end" },
        .{ &.{ spirv.magic, 0, 0, 9, 0, 0x0003_0005, 77, 0 }, "Cannot use SPIR-V: there is no id 77" },
    }) |case| {
        var why: Explanation = .{};
        try std.testing.expectError(error.BadShader, spirv.reflect(gpa, case[0], &why));
        try std.testing.expectEqualStrings(case[1], why.text());
    }
    var why: Explanation = .{};
    try std.testing.expectError(error.BadShader, spirv.wordsOf(gpa, "abcde", &why));
}

/// An error or a description; anything else is caught by the checks of the build.
fn mustEnd(words: []const u32) !void {
    var why: Explanation = .{};
    var it = spirv.reflect(std.testing.allocator, words, &why) catch |err| {
        try std.testing.expectEqual(error.BadShader, err);
        return std.testing.expect(why.length > 0);
    };
    it.deinit();
}

test "fuzz: every truncation ends in an error or a description" {
    inline for (modules) |bytes| {
        var why: Explanation = .{};
        const words = try spirv.wordsOf(std.testing.allocator, bytes, &why);
        defer std.testing.allocator.free(words);
        for (0..words.len) |length| try mustEnd(words[0..length]);
    }
}

test "fuzz: random words, and random words in real modules" {
    const seed: u64 = 0x5712;
    var random: std.Random.DefaultPrng = .init(seed);
    const r = random.random();
    var noise: [64]u32 = undefined;
    for (0..5000) |_| {
        for (&noise) |*word| word.* = r.uintLessThan(u32, 6) << 16 | r.uintLessThan(u32, 80);
        noise[0..4].* = .{ spirv.magic, 0x10500, 0, 40 };
        try mustEnd(&noise);
    }
    inline for (modules) |bytes| {
        var why: Explanation = .{};
        const words = try spirv.wordsOf(std.testing.allocator, bytes, &why);
        defer std.testing.allocator.free(words);
        const copy = try std.testing.allocator.dupe(u32, words);
        defer std.testing.allocator.free(copy);
        for (0..5000) |_| {
            @memcpy(copy, words);
            for (0..r.intRangeAtMost(usize, 1, 4)) |_| {
                const place = r.uintLessThan(usize, copy.len);
                copy[place] = switch (r.uintLessThan(u8, 4)) {
                    0 => r.int(u32),
                    1 => r.uintLessThan(u32, 120),
                    2 => copy[place] ^ @as(u32, 1) << r.int(u5),
                    else => copy[r.uintLessThan(usize, copy.len)],
                };
            }
            try mustEnd(copy);
        }
    }
}

fn reflectAll(gpa: std.mem.Allocator, words: []const u32) !void {
    var why: Explanation = .{};
    var it = try spirv.reflect(gpa, words, &why);
    it.deinit();
}

test "a lack of memory leaves nothing behind" {
    var why: Explanation = .{};
    const words = try spirv.wordsOf(std.testing.allocator, @embedFile("testdata/reflect.comp.spv"), &why);
    defer std.testing.allocator.free(words);
    try std.testing.checkAllAllocationFailures(test_kit.steady, reflectAll, .{words});
}
