//! The description of a SPIR-V module as JSON, for callers that know no Zig.
//!
//! The fields are those of gpu/spirv.zig in camel case; what is no array has `count` 1 and no strides.

const std = @import("std");
const spirv = @import("../gpu/spirv.zig");
const Error = @import("../result.zig").Error;
const Explanation = @import("../gpu/failure.zig").Explanation;
const Stringify = std.json.Stringify;

/// Writes the description into `out`; returns its length.
pub fn write(words: []const u32, out: []u8, why: *Explanation) Error!u32 {
    var reflection = try spirv.reflect(std.heap.page_allocator, words, why);
    defer reflection.deinit();
    var writer: std.Io.Writer = .fixed(out);
    var json: Stringify = .{ .writer = &writer };
    writeModule(&json, &reflection) catch return error.OutOfSpace;
    return @intCast(writer.end);
}

fn writeModule(json: *Stringify, reflection: *const spirv.Reflection) !void {
    try json.beginObject();
    try json.objectField("version");
    try json.write(reflection.version);
    try json.objectField("capabilities");
    try json.write(reflection.capabilities);
    try json.objectField("entryPoints");
    try json.beginArray();
    for (reflection.entry_points) |entry| {
        try json.write(.{ .name = entry.name, .stage = entry.stage, .workgroup = entry.workgroup });
    }
    try json.endArray();
    try json.objectField("bindings");
    try json.beginArray();
    for (reflection.bindings) |*binding| try writeBinding(json, binding);
    try json.endArray();
    if (reflection.push_constants) |*block| {
        try json.objectField("pushConstants");
        try writeBlock(json, block);
    }
    try json.endObject();
}

fn writeBinding(json: *Stringify, binding: *const spirv.Binding) !void {
    try json.beginObject();
    inline for (.{ "set", "binding", "kind", "count", "name" }) |name| {
        try json.objectField(name);
        try json.write(@field(binding, name));
    }
    try json.objectField("imageFormat");
    try json.write(binding.image_format);
    try json.objectField("block");
    try writeBlock(json, &binding.block);
    try json.endObject();
}

fn writeBlock(json: *Stringify, block: *const spirv.Block) !void {
    try json.beginObject();
    try json.objectField("bytes");
    try json.write(block.bytes);
    try json.objectField("members");
    try json.beginArray();
    for (block.members) |member| {
        try json.write(.{
            .name = member.name,
            .offset = member.offset,
            .base = member.type.base,
            .bits = member.type.bits,
            .rows = member.type.rows,
            .columns = member.type.columns,
            .matrixStrideBytes = member.type.matrix_stride_bytes,
            .count = member.type.count,
            .arrayStrideBytes = member.type.array_stride_bytes,
            .bytes = member.type.bytes,
        });
    }
    try json.endArray();
    try json.endObject();
}

test "a module is described" {
    const words = spirv.embedded(@embedFile("../gpu/testdata/invert.comp.spv"));
    var why: Explanation = .{};
    var out: [2048]u8 = undefined;
    const text = out[0..try write(words, &out, &why)];
    try std.testing.expect(std.mem.find(u8, text, "\"stage\":\"compute\",\"workgroup\":[256,1,1]") != null);
    try std.testing.expect(std.mem.find(u8, text, "\"pushConstants\":{\"bytes\":4,") != null);
    try std.testing.expectError(error.OutOfSpace, write(words, out[0 .. text.len - 1], &why));
    try std.testing.expectError(error.BadShader, write(words[1..], &out, &why));
}
