//! What a SPIR-V module wants: entry points, bindings, push constants, workgroup size. Words in, a description out.
//!
//! Modules come from users, so every number in one is doubted: lengths, ids, depths and counts are checked and limited.
//! Whether the code inside functions is valid is not judged here. Names are there if the compiler kept them (it does
//! unless told to strip).
//!
//! SPIR-V 1.6, chapters 2.3 (layout of a module) and 3 (numbers of operations, decorations, storage classes).

const std = @import("std");
const interface = @import("spirv_interface.zig");
const Error = @import("failure.zig").Error;
const Explanation = @import("failure.zig").Explanation;
const Module = @import("spirv_module.zig").Module;

pub const Stage = enum { vertex, fragment, compute };

pub const EntryPoint = struct {
    name: [:0]const u8,
    stage: Stage,
    /// Invocations of one workgroup; 0, 0, 0 unless it is a compute shader.
    workgroup: [3]u32 = .{ 0, 0, 0 },
};

pub const BindingKind = enum { sampler, combined_image, sampled_image, storage_image, uniform_buffer, storage_buffer };

pub const Binding = struct {
    set: u32,
    binding: u32,
    kind: BindingKind,
    /// Elements of its array, 1 if it is none.
    count: u32,
    /// Of the variable, or of its block; may be empty.
    name: []const u8,
    /// The format that a storage image must have, as SPIR-V counts them (3.11); 0 if any will do.
    image_format: u32 = 0,
    /// The members of a buffer; empty for images and samplers.
    block: Block = .{},
};

pub const Block = struct {
    /// Without an unsized array at its end.
    bytes: u32 = 0,
    members: []const Member = &.{},
};

/// A value in a block. Those of a structure inside are listed one by one with its name before theirs: `light.colour`.
pub const Member = struct {
    name: []const u8,
    offset: u32,
    type: Type,
};

pub const Type = struct {
    base: enum { float, int, uint, boolean, structure },
    bits: u32,
    /// 1 to 4 values of a vector, or of one column.
    rows: u32 = 1,
    /// More than 1 in matrices, whose columns lie `matrix_stride_bytes` apart.
    columns: u32 = 1,
    matrix_stride_bytes: u32 = 0,
    /// Elements of an array, which lie `array_stride_bytes` apart; 1 if it is none, 0 if it has no size.
    count: u32 = 1,
    array_stride_bytes: u32 = 0,
    bytes: u32,
};

pub const Reflection = struct {
    arena: std.heap.ArenaAllocator,
    /// Of SPIR-V: 0x10500 is 1.5.
    version: u32,
    /// What the module says it needs (SPIR-V 3.31), in its order.
    capabilities: []const u32,
    entry_points: []const EntryPoint,
    /// By set and then by binding.
    bindings: []const Binding,
    push_constants: ?Block,

    pub fn deinit(self: *Reflection) void {
        self.arena.deinit();
    }

    pub fn find(self: *const Reflection, stage: Stage, name: []const u8) ?*const EntryPoint {
        for (self.entry_points) |*entry| {
            if (entry.stage == stage and std.mem.eql(u8, entry.name, name)) return entry;
        }
        return null;
    }
};

pub const magic = @import("spirv_module.zig").magic;

/// Describes a module. The description has its own memory and needs the words no more.
pub fn reflect(gpa: std.mem.Allocator, words: []const u32, why: *Explanation) Error!Reflection {
    var arena: std.heap.ArenaAllocator = .init(gpa);
    errdefer arena.deinit();
    var scratch: std.heap.ArenaAllocator = .init(gpa);
    defer scratch.deinit();
    var module: Module = .{ .words = words, .scratch = scratch.allocator(), .out = arena.allocator(), .why = why };
    try module.readHeader();
    try module.readInstructions();
    const entry_points = try interface.entryPoints(&module);
    const bindings = try interface.bindings(&module);
    const push_constants = try interface.pushConstants(&module);
    return .{
        .arena = arena,
        .version = words[1],
        .capabilities = module.capabilities.items,
        .entry_points = entry_points,
        .bindings = bindings,
        .push_constants = push_constants,
    };
}

/// The words of bytes, which may lie anywhere. The caller frees them.
pub fn wordsOf(gpa: std.mem.Allocator, bytes: []const u8, why: *Explanation) Error![]u32 {
    if (bytes.len % 4 != 0) {
        return why.fail(error.BadShader, "Cannot use SPIR-V: {d} bytes are not whole words", .{bytes.len});
    }
    const words = gpa.alloc(u32, bytes.len / 4) catch return error.OutOfMemory;
    @memcpy(std.mem.sliceAsBytes(words), bytes);
    return words;
}

/// The words of a module that is part of the program; `bytes` comes from @embedFile.
pub fn embedded(comptime bytes: anytype) []const u32 {
    const Embedded = struct {
        const exact: [bytes.len]u8 = bytes.*;
        const words: [bytes.len / 4]u32 = @bitCast(exact);
    };
    return &Embedded.words;
}

test {
    _ = @import("spirv_test.zig");
}
