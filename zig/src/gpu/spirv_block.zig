//! Blocks of a SPIR-V module: the members of its buffers and push constants, with their places and types.

const std = @import("std");
const modules = @import("spirv_module.zig");
const spirv = @import("spirv.zig");
const Block = spirv.Block;
const Error = @import("failure.zig").Error;
const Member = spirv.Member;
const Module = modules.Module;
const Type = spirv.Type;
const decoration = modules.decoration;
const op = modules.op;

const members_max = 1024;
const depth_max = 8;
const bytes_max = 1 << 30;

pub fn blockOf(module: *Module, structure: u32) Error!Block {
    var list: std.ArrayList(Member) = .empty;
    try addMembers(module, &list, structure, "", 0, 0);
    var bytes: u32 = 0;
    for (list.items) |member| bytes = @max(bytes, member.offset + member.type.bytes);
    return .{ .bytes = bytes, .members = list.items };
}

fn addMembers(
    module: *Module,
    list: *std.ArrayList(Member),
    structure: u32,
    prefix: []const u8,
    base: u32,
    depth: u32,
) Error!void {
    if (depth == depth_max) return module.bad("structures lie deeper than {d}", .{depth_max});
    const types = (try module.operands((try module.idOf(structure)).at, 1))[1..];
    try module.addWork(1 + types.len + module.member_at.items.len);
    const marks = try marksOf(module, structure, types.len);
    for (types, marks) |type_number, mark| {
        if (list.items.len >= members_max) return module.bad("a block has more than {d} members", .{members_max});
        const offset = base +| mark.offset;
        const name = if (prefix.len == 0)
            mark.name
        else
            std.mem.concat(module.out, u8, &.{ prefix, ".", mark.name }) catch return error.OutOfMemory;
        if (try module.typeOpcode(type_number) == op.type_struct) {
            try addMembers(module, list, type_number, name, offset, depth + 1);
            continue;
        }
        const described = try typeOf(module, type_number, mark.matrix_stride, depth);
        if (offset > bytes_max or described.bytes > bytes_max) {
            return module.bad("a block is larger than {d} bytes", .{bytes_max});
        }
        const member: Member = .{ .name = name, .offset = offset, .type = described };
        list.append(module.out, member) catch return error.OutOfMemory;
    }
}

const Mark = struct { name: []const u8 = "", offset: u32 = 0, matrix_stride: u32 = 0 };

fn marksOf(module: *Module, structure: u32, count: usize) Error![]Mark {
    if (count > members_max) return module.bad("a structure has more than {d} members", .{members_max});
    const marks = module.scratch.alloc(Mark, count) catch return error.OutOfMemory;
    @memset(marks, .{});
    for (module.member_at.items) |at| {
        const given = try module.operands(at, 3);
        if (given[0] != structure) continue;
        if (given[1] >= count) return module.bad("a structure has no member {d}", .{given[1]});
        const mark = &marks[given[1]];
        if (module.opcode(at) == op.member_name) {
            mark.name = try module.string(given[2..]);
        } else if (given[2] == decoration.offset) {
            mark.offset = (try module.operands(at, 4))[3];
        } else if (given[2] == decoration.matrix_stride) {
            mark.matrix_stride = (try module.operands(at, 4))[3];
        }
    }
    return marks;
}

fn typeOf(module: *Module, number: u32, matrix_stride: u32, depth: u32) Error!Type {
    if (depth >= depth_max) return module.bad("types lie deeper than {d}", .{depth_max});
    const id = try module.idOf(number);
    const given = switch (try module.typeOpcode(number)) {
        op.type_bool => return .{ .base = .boolean, .bits = 32, .bytes = 4 },
        op.type_int => {
            const words = try module.operands(id.at, 3);
            return scalar(module, if (words[2] == 0) .uint else .int, words[1]);
        },
        op.type_float => return scalar(module, .float, (try module.operands(id.at, 2))[1]),
        op.type_struct => return structureType(module, number, depth),
        op.type_vector, op.type_matrix, op.type_array => try module.operands(id.at, 3),
        op.type_runtime_array => try module.operands(id.at, 2),
        else => return module.bad("type {d} does not belong into a block", .{number}),
    };
    var element = try typeOf(module, given[1], matrix_stride, depth + 1);
    switch (module.opcode(id.at)) {
        op.type_vector, op.type_matrix => {
            const is_vector = module.opcode(id.at) == op.type_vector;
            const is_plain = element.base != .structure and element.count == 1 and element.columns == 1;
            if (given[2] < 2 or given[2] > 4 or !is_plain or is_vector and element.rows != 1) {
                return module.bad("type {d} is no vector or matrix", .{number});
            }
            if (is_vector) element.rows = given[2] else element.columns = given[2];
            if (!is_vector) element.matrix_stride_bytes = matrix_stride;
            element.bytes = if (is_vector) element.bytes * given[2] else given[2] *| matrix_stride;
        },
        else => {
            if (element.count != 1) { // An array of arrays is told as one of what is inside.
                element = .{ .base = .structure, .bits = 0, .bytes = element.bytes };
            }
            const is_sized = module.opcode(id.at) == op.type_array;
            element.count = if (is_sized) try module.constant(given[2]) else 0;
            element.array_stride_bytes = id.array_stride;
            element.bytes = element.count *| id.array_stride;
        },
    }
    if (element.bytes > bytes_max) return module.bad("type {d} is larger than {d} bytes", .{ number, bytes_max });
    return element;
}

fn scalar(module: *Module, base: @FieldType(Type, "base"), bits: u32) Error!Type {
    switch (bits) {
        8, 16, 32, 64 => return .{ .base = base, .bits = bits, .bytes = bits / 8 },
        else => return module.bad("a number of {d} bits is not possible", .{bits}),
    }
}

/// A structure that is an array's element: its size alone.
fn structureType(module: *Module, number: u32, depth: u32) Error!Type {
    var list: std.ArrayList(Member) = .empty;
    try addMembers(module, &list, number, "", 0, depth + 1);
    var bytes: u32 = 0;
    for (list.items) |member| bytes = @max(bytes, member.offset + member.type.bytes);
    return .{ .base = .structure, .bits = 0, .bytes = bytes };
}
