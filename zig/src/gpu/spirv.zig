//! What a SPIR-V module wants: entry points, bindings, push constants, workgroup size. Words in, a description out.
//!
//! Modules come from users, so every number in one is doubted: lengths, ids, depths and counts are checked and limited.
//! Whether the code inside functions is valid is not judged here. Names are there if the compiler kept them (it does
//! unless told to strip).
//!
//! SPIR-V 1.6, chapters 2.3 (layout of a module) and 3 (numbers of operations, decorations, storage classes).

const std = @import("std");
const Error = @import("failure.zig").Error;
const Explanation = @import("failure.zig").Explanation;

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

pub const magic: u32 = 0x0723_0203;
const words_max = 1 << 20;
const bound_max = 1 << 18;
const capabilities_max = 64;
const bindings_max = 256;
const members_max = 1024;
const depth_max = 8;
const bytes_max = 1 << 30;
/// Words looked at for blocks: structures in structures must not make a small module a long work.
const work_max = 1 << 24;

/// Describes a module. The description has its own memory and needs the words no more.
pub fn reflect(gpa: std.mem.Allocator, words: []const u32, why: *Explanation) Error!Reflection {
    var arena: std.heap.ArenaAllocator = .init(gpa);
    errdefer arena.deinit();
    var scratch: std.heap.ArenaAllocator = .init(gpa);
    defer scratch.deinit();
    var parser: Parser = .{ .words = words, .scratch = scratch.allocator(), .out = arena.allocator(), .why = why };
    try parser.readHeader();
    try parser.readInstructions();
    const entry_points = try parser.entryPoints();
    const bindings = try parser.bindings();
    const push_constants = try parser.pushConstants();
    return .{
        .arena = arena,
        .version = words[1],
        .capabilities = parser.capabilities.items,
        .entry_points = entry_points,
        .bindings = bindings,
        .push_constants = push_constants,
    };
}

const op = struct {
    const name = 5;
    const member_name = 6;
    const entry_point = 15;
    const execution_mode = 16;
    const capability = 17;
    const type_bool = 20;
    const type_int = 21;
    const type_float = 22;
    const type_vector = 23;
    const type_matrix = 24;
    const type_image = 25;
    const type_sampler = 26;
    const type_sampled_image = 27;
    const type_array = 28;
    const type_runtime_array = 29;
    const type_struct = 30;
    const type_pointer = 32;
    const constant = 43;
    const constant_composite = 44;
    const spec_constant = 50;
    const spec_constant_composite = 51;
    const function = 54;
    const function_end = 56;
    const variable = 59;
    const decorate = 71;
    const member_decorate = 72;
};

const decoration = struct {
    const buffer_block = 3;
    const array_stride = 6;
    const matrix_stride = 7;
    const built_in = 11;
    const binding = 33;
    const descriptor_set = 34;
    const offset = 35;
};

const storage = struct {
    const uniform_constant = 0;
    const uniform = 2;
    const push_constant = 9;
    const storage_buffer = 12;
};

const workgroup_size_built_in = 25;
const local_size_mode = 17;

/// What is known of one id.
const Id = struct {
    /// Where its defining instruction begins; 0, which is in the header, if it has none.
    at: u32 = 0,
    /// Where its OpName begins.
    name_at: u32 = 0,
    set: ?u32 = null,
    binding: ?u32 = null,
    array_stride: u32 = 0,
    is_buffer_block: bool = false,
    is_workgroup_size: bool = false,
};

const Parser = struct {
    words: []const u32,
    scratch: std.mem.Allocator,
    out: std.mem.Allocator,
    why: *Explanation,
    ids: []Id = &.{},
    entry_at: std.ArrayList(u32) = .empty,
    mode_at: std.ArrayList(u32) = .empty,
    variable_at: std.ArrayList(u32) = .empty,
    member_at: std.ArrayList(u32) = .empty,
    capabilities: std.ArrayList(u32) = .empty,
    work: u64 = 0,

    fn bad(self: *Parser, comptime template: []const u8, arguments: anytype) Error {
        return self.why.fail(error.BadShader, "Cannot use SPIR-V: " ++ template, arguments);
    }

    fn readHeader(self: *Parser) Error!void {
        if (self.words.len < 5) return self.bad("{d} words are no module", .{self.words.len});
        if (self.words[0] == @byteSwap(magic)) return self.bad("it is big-endian", .{});
        if (self.words[0] != magic) {
            return self.bad("it begins with {x:0>8} and not with {x:0>8}", .{ self.words[0], magic });
        }
        if (self.words.len > words_max) return self.bad("{d} words are more than {d}", .{ self.words.len, words_max });
        const bound = self.words[3];
        if (bound == 0 or bound > bound_max) {
            return self.bad("its bound of ids {d} is not 1 to {d}", .{ bound, bound_max });
        }
        self.ids = self.scratch.alloc(Id, bound) catch return error.OutOfMemory;
        @memset(self.ids, .{});
    }

    /// The operands of the instruction at `at`; there are at least `operands_min`, which its reader relies on.
    fn operands(self: *Parser, at: u32, operands_min: u32) Error![]const u32 {
        const words = self.words[at + 1 .. at + (self.words[at] >> 16)];
        if (words.len < operands_min) return self.bad("the instruction at word {d} is too short", .{at});
        return words;
    }

    fn opcode(self: *const Parser, at: u32) u32 {
        return self.words[at] & 0xffff;
    }

    fn idOf(self: *Parser, number: u32) Error!*Id {
        if (number == 0 or number >= self.ids.len) return self.bad("there is no id {d}", .{number});
        return &self.ids[number];
    }

    fn readInstructions(self: *Parser) Error!void {
        var at: u32 = 5;
        var inside_function = false;
        while (at < self.words.len) {
            const length = self.words[at] >> 16;
            if (length == 0 or length > self.words.len - at) {
                return self.bad("the instruction at word {d} has no end", .{at});
            }
            switch (self.opcode(at)) {
                op.function => {
                    if (inside_function) return self.bad("a function at word {d} is inside another", .{at});
                    inside_function = true;
                    try self.define(at, 1);
                },
                op.function_end => {
                    if (!inside_function) return self.bad("a function ends at word {d} that did not begin", .{at});
                    inside_function = false;
                },
                else => if (!inside_function) try self.readDeclaration(at),
            }
            at += length;
        }
        if (inside_function) return self.bad("its last function has no end", .{});
    }

    fn readDeclaration(self: *Parser, at: u32) Error!void {
        switch (self.opcode(at)) {
            op.name => (try self.idOf((try self.operands(at, 2))[0])).name_at = at,
            op.member_name => try self.remember(&self.member_at, at, 3),
            op.member_decorate => try self.remember(&self.member_at, at, 3),
            op.entry_point => try self.remember(&self.entry_at, at, 3),
            op.capability => {
                if (self.capabilities.items.len == capabilities_max) {
                    return self.bad("it has too many capabilities", .{});
                }
                self.capabilities.append(self.out, (try self.operands(at, 1))[0]) catch return error.OutOfMemory;
            },
            op.execution_mode => try self.remember(&self.mode_at, at, 2),
            op.variable => {
                try self.define(at, 1);
                try self.remember(&self.variable_at, at, 3);
            },
            op.type_bool...op.type_struct, op.type_pointer => try self.define(at, 0),
            op.constant, op.constant_composite, op.spec_constant, op.spec_constant_composite => try self.define(at, 1),
            op.decorate => try self.decorate(try self.operands(at, 2)),
            else => {},
        }
    }

    fn remember(self: *Parser, places: *std.ArrayList(u32), at: u32, operands_min: u32) Error!void {
        _ = try self.operands(at, operands_min);
        places.append(self.scratch, at) catch return error.OutOfMemory;
    }

    /// The result of an instruction is its first operand, or its second after a type.
    fn define(self: *Parser, at: u32, comptime place: u32) Error!void {
        const id = try self.idOf((try self.operands(at, place + 1))[place]);
        if (id.at != 0) return self.bad("the instruction at word {d} defines an id again", .{at});
        id.at = at;
    }

    fn decorate(self: *Parser, given: []const u32) Error!void {
        const id = try self.idOf(given[0]);
        const value: ?u32 = if (given.len > 2) given[2] else null;
        switch (given[1]) {
            decoration.buffer_block => id.is_buffer_block = true,
            decoration.array_stride => id.array_stride = value orelse return self.bad("a stride is missing", .{}),
            decoration.binding => id.binding = value orelse return self.bad("a binding is missing", .{}),
            decoration.descriptor_set => id.set = value orelse return self.bad("a set is missing", .{}),
            decoration.built_in => if (value == workgroup_size_built_in) {
                id.is_workgroup_size = true;
            },
            else => {},
        }
    }

    fn addWork(self: *Parser, words: u64) Error!void {
        self.work += words;
        if (self.work > work_max) return self.bad("its structures are too involved", .{});
    }

    fn string(self: *Parser, words: []const u32) Error![:0]const u8 {
        const bytes = std.mem.sliceAsBytes(words);
        try self.addWork(words.len);
        const end = std.mem.findScalar(u8, bytes, 0) orelse return self.bad("a name has no end", .{});
        return self.out.dupeSentinel(u8, bytes[0..end], 0) catch return error.OutOfMemory;
    }

    fn nameOf(self: *Parser, id: *const Id) Error![]const u8 {
        if (id.name_at == 0) return "";
        return self.string((try self.operands(id.name_at, 2))[1..]);
    }

    fn entryPoints(self: *Parser) Error![]const EntryPoint {
        var list: std.ArrayList(EntryPoint) = .empty;
        for (self.entry_at.items) |at| {
            const given = try self.operands(at, 3);
            const stage: Stage = switch (given[0]) {
                0 => .vertex,
                4 => .fragment,
                5 => .compute,
                else => return self.bad("execution model {d} is neither vertex, fragment nor compute", .{given[0]}),
            };
            const function = try self.idOf(given[1]);
            if (function.at == 0 or self.opcode(function.at) != op.function) {
                return self.bad("an entry point has no function", .{});
            }
            var entry: EntryPoint = .{ .name = try self.string(given[2..]), .stage = stage };
            if (stage == .compute) entry.workgroup = try self.workgroupOf(given[1]);
            list.append(self.out, entry) catch return error.OutOfMemory;
        }
        if (list.items.len == 0) return self.bad("it has no entry point", .{});
        return list.items;
    }

    fn workgroupOf(self: *Parser, function: u32) Error![3]u32 {
        try self.addWork(self.ids.len + self.mode_at.items.len);
        for (self.ids) |*id| {
            if (!id.is_workgroup_size or id.at == 0) continue;
            const given = switch (self.opcode(id.at)) {
                op.constant_composite, op.spec_constant_composite => try self.operands(id.at, 5),
                else => return self.bad("the workgroup size is no constant", .{}),
            };
            return self.checkWorkgroup(.{
                try self.constant(given[2]),
                try self.constant(given[3]),
                try self.constant(given[4]),
            });
        }
        for (self.mode_at.items) |at| {
            const given = try self.operands(at, 2);
            if (given[0] != function or given[1] != local_size_mode) continue;
            const size = try self.operands(at, 5);
            return self.checkWorkgroup(size[2..5].*);
        }
        return self.bad("its compute shader has no workgroup size", .{});
    }

    fn checkWorkgroup(self: *Parser, size: [3]u32) Error![3]u32 {
        for (size) |one| {
            if (one == 0 or one > 1 << 16) return self.bad("a workgroup of {any} is not possible", .{size});
        }
        return size;
    }

    /// The value of an integer constant; of one that can be specialised, what the module says.
    fn constant(self: *Parser, number: u32) Error!u32 {
        const id = try self.idOf(number);
        if (id.at == 0) return self.bad("a constant is missing", .{});
        return switch (self.opcode(id.at)) {
            op.constant, op.spec_constant => (try self.operands(id.at, 3))[2],
            else => self.bad("a size is no plain constant", .{}),
        };
    }

    fn bindings(self: *Parser) Error![]const Binding {
        var list: std.ArrayList(Binding) = .empty;
        for (self.variable_at.items) |at| {
            const given = try self.operands(at, 3);
            switch (given[2]) {
                storage.uniform_constant, storage.uniform, storage.storage_buffer => {},
                else => continue,
            }
            if (list.items.len == bindings_max) return self.bad("it has more than {d} bindings", .{bindings_max});
            list.append(self.out, try self.bindingOf(given)) catch return error.OutOfMemory;
        }
        std.sort.pdq(Binding, list.items, {}, struct {
            fn before(_: void, a: Binding, b: Binding) bool {
                return if (a.set == b.set) a.binding < b.binding else a.set < b.set;
            }
        }.before);
        const sorted = list.items;
        for (sorted, 0..) |b, i| {
            if (i == 0) continue;
            const a = sorted[i - 1];
            if (a.set == b.set and a.binding == b.binding) {
                return self.bad("binding {d} of set {d} is there twice", .{ a.binding, a.set });
            }
        }
        return sorted;
    }

    fn bindingOf(self: *Parser, given: []const u32) Error!Binding {
        const id = try self.idOf(given[1]);
        const pointed = try self.pointedType(given[0]);
        var type_number = pointed;
        var count: u32 = 1;
        if (try self.typeOpcode(pointed) == op.type_array) {
            const array = try self.operands((try self.idOf(pointed)).at, 3);
            type_number = array[1];
            count = try self.constant(array[2]);
            if (count == 0 or count > bindings_max) {
                return self.bad("an array of {d} bindings is not possible", .{count});
            }
        }
        const is_structure = try self.typeOpcode(type_number) == op.type_struct;
        var binding: Binding = .{
            .set = id.set orelse return self.bad("a variable has no set", .{}),
            .binding = id.binding orelse return self.bad("a variable has no binding", .{}),
            .kind = try self.kindOf(type_number, given[2]),
            .count = count,
            .name = try self.nameOf(id),
        };
        if (binding.kind == .storage_image) {
            binding.image_format = (try self.operands((try self.idOf(type_number)).at, 8))[7];
        }
        if (is_structure) {
            if (binding.name.len == 0) binding.name = try self.nameOf(try self.idOf(type_number));
            binding.block = try self.blockOf(type_number);
        }
        return binding;
    }

    fn pointedType(self: *Parser, pointer: u32) Error!u32 {
        const id = try self.idOf(pointer);
        if (id.at == 0 or self.opcode(id.at) != op.type_pointer) return self.bad("a variable is no pointer", .{});
        return (try self.operands(id.at, 3))[2];
    }

    fn typeOpcode(self: *Parser, number: u32) Error!u32 {
        const id = try self.idOf(number);
        if (id.at == 0) return self.bad("type {d} is missing", .{number});
        return self.opcode(id.at);
    }

    fn kindOf(self: *Parser, type_number: u32, storage_class: u32) Error!BindingKind {
        const id = try self.idOf(type_number);
        return switch (try self.typeOpcode(type_number)) {
            op.type_sampler => .sampler,
            op.type_sampled_image => .combined_image,
            op.type_image => switch ((try self.operands(id.at, 8))[6]) {
                1 => .sampled_image,
                2 => .storage_image,
                else => self.bad("an image is neither sampled nor storage", .{}),
            },
            op.type_struct => if (storage_class == storage.storage_buffer or id.is_buffer_block)
                .storage_buffer
            else
                .uniform_buffer,
            else => self.bad("a binding is neither buffer, image nor sampler, or an array without a size", .{}),
        };
    }

    fn pushConstants(self: *Parser) Error!?Block {
        var found: ?Block = null;
        for (self.variable_at.items) |at| {
            const given = try self.operands(at, 3);
            if (given[2] != storage.push_constant) continue;
            if (found != null) return self.bad("it has two blocks of push constants", .{});
            const type_number = try self.pointedType(given[0]);
            if (try self.typeOpcode(type_number) != op.type_struct) {
                return self.bad("push constants are no structure", .{});
            }
            found = try self.blockOf(type_number);
        }
        return found;
    }

    fn blockOf(self: *Parser, structure: u32) Error!Block {
        var list: std.ArrayList(Member) = .empty;
        try self.addMembers(&list, structure, "", 0, 0);
        var bytes: u32 = 0;
        for (list.items) |member| bytes = @max(bytes, member.offset + member.type.bytes);
        return .{ .bytes = bytes, .members = list.items };
    }

    fn addMembers(
        self: *Parser,
        list: *std.ArrayList(Member),
        structure: u32,
        prefix: []const u8,
        base: u32,
        depth: u32,
    ) Error!void {
        if (depth == depth_max) return self.bad("structures lie deeper than {d}", .{depth_max});
        const types = (try self.operands((try self.idOf(structure)).at, 1))[1..];
        try self.addWork(1 + types.len + self.member_at.items.len);
        const marks = try self.marksOf(structure, types.len);
        for (types, marks) |type_number, mark| {
            if (list.items.len >= members_max) return self.bad("a block has more than {d} members", .{members_max});
            const offset = base +| mark.offset;
            const name = if (prefix.len == 0)
                mark.name
            else
                std.mem.concat(self.out, u8, &.{ prefix, ".", mark.name }) catch return error.OutOfMemory;
            if (try self.typeOpcode(type_number) == op.type_struct) {
                try self.addMembers(list, type_number, name, offset, depth + 1);
                continue;
            }
            const described = try self.typeOf(type_number, mark.matrix_stride, depth);
            if (offset > bytes_max or described.bytes > bytes_max) {
                return self.bad("a block is larger than {d} bytes", .{bytes_max});
            }
            const member: Member = .{ .name = name, .offset = offset, .type = described };
            list.append(self.out, member) catch return error.OutOfMemory;
        }
    }

    const Mark = struct { name: []const u8 = "", offset: u32 = 0, matrix_stride: u32 = 0 };

    fn marksOf(self: *Parser, structure: u32, count: usize) Error![]Mark {
        if (count > members_max) return self.bad("a structure has more than {d} members", .{members_max});
        const marks = self.scratch.alloc(Mark, count) catch return error.OutOfMemory;
        @memset(marks, .{});
        for (self.member_at.items) |at| {
            const given = try self.operands(at, 3);
            if (given[0] != structure) continue;
            if (given[1] >= count) return self.bad("a structure has no member {d}", .{given[1]});
            const mark = &marks[given[1]];
            if (self.opcode(at) == op.member_name) {
                mark.name = try self.string(given[2..]);
            } else if (given[2] == decoration.offset) {
                mark.offset = (try self.operands(at, 4))[3];
            } else if (given[2] == decoration.matrix_stride) {
                mark.matrix_stride = (try self.operands(at, 4))[3];
            }
        }
        return marks;
    }

    fn typeOf(self: *Parser, number: u32, matrix_stride: u32, depth: u32) Error!Type {
        if (depth >= depth_max) return self.bad("types lie deeper than {d}", .{depth_max});
        const id = try self.idOf(number);
        const given = switch (try self.typeOpcode(number)) {
            op.type_bool => return .{ .base = .boolean, .bits = 32, .bytes = 4 },
            op.type_int => {
                const words = try self.operands(id.at, 3);
                return self.scalar(if (words[2] == 0) .uint else .int, words[1]);
            },
            op.type_float => return self.scalar(.float, (try self.operands(id.at, 2))[1]),
            op.type_struct => return self.structureType(number, depth),
            op.type_vector, op.type_matrix, op.type_array => try self.operands(id.at, 3),
            op.type_runtime_array => try self.operands(id.at, 2),
            else => return self.bad("type {d} does not belong into a block", .{number}),
        };
        var element = try self.typeOf(given[1], matrix_stride, depth + 1);
        switch (self.opcode(id.at)) {
            op.type_vector, op.type_matrix => {
                const is_vector = self.opcode(id.at) == op.type_vector;
                const is_plain = element.base != .structure and element.count == 1 and element.columns == 1;
                if (given[2] < 2 or given[2] > 4 or !is_plain or is_vector and element.rows != 1) {
                    return self.bad("type {d} is no vector or matrix", .{number});
                }
                if (is_vector) element.rows = given[2] else element.columns = given[2];
                if (!is_vector) element.matrix_stride_bytes = matrix_stride;
                element.bytes = if (is_vector) element.bytes * given[2] else given[2] *| matrix_stride;
            },
            else => {
                if (element.count != 1) { // An array of arrays is told as one of what is inside.
                    element = .{ .base = .structure, .bits = 0, .bytes = element.bytes };
                }
                const is_sized = self.opcode(id.at) == op.type_array;
                element.count = if (is_sized) try self.constant(given[2]) else 0;
                element.array_stride_bytes = id.array_stride;
                element.bytes = element.count *| id.array_stride;
            },
        }
        if (element.bytes > bytes_max) return self.bad("type {d} is larger than {d} bytes", .{ number, bytes_max });
        return element;
    }

    fn scalar(self: *Parser, base: @FieldType(Type, "base"), bits: u32) Error!Type {
        switch (bits) {
            8, 16, 32, 64 => return .{ .base = base, .bits = bits, .bytes = bits / 8 },
            else => return self.bad("a number of {d} bits is not possible", .{bits}),
        }
    }

    /// A structure that is an array's element: its size alone.
    fn structureType(self: *Parser, number: u32, depth: u32) Error!Type {
        var list: std.ArrayList(Member) = .empty;
        try self.addMembers(&list, number, "", 0, depth + 1);
        var bytes: u32 = 0;
        for (list.items) |member| bytes = @max(bytes, member.offset + member.type.bytes);
        return .{ .base = .structure, .bits = 0, .bytes = bytes };
    }
};

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
