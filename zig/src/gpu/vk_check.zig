//! Writes C++ that holds vk.zig to the real headers: every size, offset and value is a static assertion. `zig build
//! test` compiles it into gpu_headers_test.zig. Without headers it says so, and the test passes that on.

const std = @import("std");
const vk = @import("vk.zig");

pub fn main(init: std.process.Init) !void {
    var buffer: [4096]u8 = undefined;
    var file = std.Io.File.stdout().writer(init.io, &buffer);
    const writer = &file.interface;
    try writer.writeAll(
        \\#if __has_include(<vulkan/vulkan_core.h>)
        \\#include <stddef.h>
        \\#include <vulkan/vulkan_core.h>
        \\
    );
    try writeAssertions(writer);
    try writer.writeAll(
        \\extern "C" const unsigned streamlib_vulkan_headers = VK_HEADER_VERSION;
        \\#else
        \\extern "C" const unsigned streamlib_vulkan_headers = 0;
        \\#endif
        \\
    );
    try writer.flush();
}

fn writeAssertions(writer: *std.Io.Writer) !void {
    @setEvalBranchQuota(1_000_000);
    inline for (@typeInfo(vk).@"struct".decl_names) |name| {
        const declared = @field(vk, name);
        if (@TypeOf(declared) != type) continue;
        switch (@typeInfo(declared)) {
            .@"struct" => |info| if (info.layout == .@"extern")
                try writeLayout(writer, name, declared, info.field_names)
            else
                try writeFlags(writer, name, declared),
            .@"union" => |info| try writeLayout(writer, name, declared, info.field_names),
            .@"enum" => |info| if (info.tag_type == i32) {
                const is_result = comptime std.mem.eql(u8, name, "Result");
                const prefix = comptime if (is_result) "VK_" else "VK_" ++ stem(name, "EXT") ++ "_";
                inline for (info.field_names, info.field_values) |field, value| {
                    try writeEqual(writer, prefix, field, "", @as(i64, value));
                }
            },
            else => {},
        }
    }
}

fn writeLayout(writer: *std.Io.Writer, comptime name: []const u8, comptime T: type, comptime fields: anytype) !void {
    try writer.print("static_assert(sizeof(Vk{s}) == {d}, \"size\");\n", .{ name, @sizeOf(T) });
    inline for (fields) |field| {
        const offset = if (@typeInfo(T) == .@"union") 0 else @offsetOf(T, field);
        try writer.print("static_assert(offsetof(Vk{s}, {s}) == {d}, \"offset\");\n", .{ name, field, offset });
        const bytes = @sizeOf(@FieldType(T, field));
        try writer.print("static_assert(sizeof(((Vk{s}*)0)->{s}) == {d}, \"size\");\n", .{ name, field, bytes });
    }
}

fn writeFlags(writer: *std.Io.Writer, comptime name: []const u8, comptime T: type) !void {
    const is_extension = comptime std.mem.endsWith(u8, name, "EXT");
    const is_second = comptime std.mem.endsWith(u8, name, "2");
    const ending = if (is_extension) "FlagsEXT" else if (is_second) "Flags2" else "Flags";
    const prefix = comptime "VK_" ++ stem(name, ending) ++ if (is_second) "_2_" else "_";
    inline for (@typeInfo(T).@"struct".decl_names) |flag| {
        const suffix = if (@field(T, flag) == 0) "" else if (is_extension) "_BIT_EXT" else "_BIT";
        try writeEqual(writer, prefix, flag, suffix, @field(T, flag));
    }
}

fn writeEqual(writer: *std.Io.Writer, prefix: []const u8, name: []const u8, suffix: []const u8, value: anytype) !void {
    try writer.print("static_assert({s}", .{prefix});
    for (name) |letter| try writer.writeByte(std.ascii.toUpper(letter));
    try writer.print("{s} == {d}, \"value\");\n", .{ suffix, value });
}

/// PhysicalDeviceType as PHYSICAL_DEVICE_TYPE, without an ending that constants do not have.
fn stem(comptime name: []const u8, comptime ending: []const u8) []const u8 {
    const kept = if (std.mem.endsWith(u8, name, ending)) name[0 .. name.len - ending.len] else name;
    var text: []const u8 = "";
    for (kept, 0..) |letter, i| {
        if (i > 0 and std.ascii.isUpper(letter) and std.ascii.isLower(kept[i - 1])) text = text ++ "_";
        text = text ++ .{std.ascii.toUpper(letter)};
    }
    return text;
}
