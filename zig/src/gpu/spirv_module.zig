//! The words of a SPIR-V module, gone through once: where the instructions are that speak of what a shader wants.

const std = @import("std");
const Error = @import("failure.zig").Error;
const Explanation = @import("failure.zig").Explanation;

pub const magic: u32 = 0x0723_0203;
const words_max = 1 << 20;
const bound_max = 1 << 18;
const capabilities_max = 64;
/// Words looked at for blocks: structures in structures must not make a small module a long work.
const work_max = 1 << 24;

pub const op = struct {
    pub const name = 5;
    pub const member_name = 6;
    pub const entry_point = 15;
    pub const execution_mode = 16;
    pub const capability = 17;
    pub const type_bool = 20;
    pub const type_int = 21;
    pub const type_float = 22;
    pub const type_vector = 23;
    pub const type_matrix = 24;
    pub const type_image = 25;
    pub const type_sampler = 26;
    pub const type_sampled_image = 27;
    pub const type_array = 28;
    pub const type_runtime_array = 29;
    pub const type_struct = 30;
    pub const type_pointer = 32;
    pub const constant = 43;
    pub const constant_composite = 44;
    pub const spec_constant = 50;
    pub const spec_constant_composite = 51;
    pub const function = 54;
    pub const function_end = 56;
    pub const variable = 59;
    pub const decorate = 71;
    pub const member_decorate = 72;
};

pub const decoration = struct {
    pub const buffer_block = 3;
    pub const array_stride = 6;
    pub const matrix_stride = 7;
    pub const built_in = 11;
    pub const binding = 33;
    pub const descriptor_set = 34;
    pub const offset = 35;
};

pub const storage = struct {
    pub const uniform_constant = 0;
    pub const uniform = 2;
    pub const push_constant = 9;
    pub const storage_buffer = 12;
};

const workgroup_size_built_in = 25;

/// What is known of one id.
pub const Id = struct {
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

pub const Module = struct {
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

    pub fn bad(self: *Module, comptime template: []const u8, arguments: anytype) Error {
        return self.why.fail(error.BadShader, "Cannot use SPIR-V: " ++ template, arguments);
    }

    pub fn readHeader(self: *Module) Error!void {
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
    pub fn operands(self: *Module, at: u32, operands_min: u32) Error![]const u32 {
        const words = self.words[at + 1 .. at + (self.words[at] >> 16)];
        if (words.len < operands_min) return self.bad("the instruction at word {d} is too short", .{at});
        return words;
    }

    pub fn opcode(self: *const Module, at: u32) u32 {
        return self.words[at] & 0xffff;
    }

    pub fn idOf(self: *Module, number: u32) Error!*Id {
        if (number == 0 or number >= self.ids.len) return self.bad("there is no id {d}", .{number});
        return &self.ids[number];
    }

    pub fn readInstructions(self: *Module) Error!void {
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

    fn readDeclaration(self: *Module, at: u32) Error!void {
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

    fn remember(self: *Module, places: *std.ArrayList(u32), at: u32, operands_min: u32) Error!void {
        _ = try self.operands(at, operands_min);
        places.append(self.scratch, at) catch return error.OutOfMemory;
    }

    /// The result of an instruction is its first operand, or its second after a type.
    fn define(self: *Module, at: u32, comptime place: u32) Error!void {
        const id = try self.idOf((try self.operands(at, place + 1))[place]);
        if (id.at != 0) return self.bad("the instruction at word {d} defines an id again", .{at});
        id.at = at;
    }

    fn decorate(self: *Module, given: []const u32) Error!void {
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

    pub fn addWork(self: *Module, words: u64) Error!void {
        self.work += words;
        if (self.work > work_max) return self.bad("its structures are too involved", .{});
    }

    pub fn string(self: *Module, words: []const u32) Error![:0]const u8 {
        const bytes = std.mem.sliceAsBytes(words);
        try self.addWork(words.len);
        const end = std.mem.findScalar(u8, bytes, 0) orelse return self.bad("a name has no end", .{});
        return self.out.dupeSentinel(u8, bytes[0..end], 0) catch return error.OutOfMemory;
    }

    pub fn nameOf(self: *Module, id: *const Id) Error![]const u8 {
        if (id.name_at == 0) return "";
        return self.string((try self.operands(id.name_at, 2))[1..]);
    }

    /// The value of an integer constant; of one that can be specialised, what the module says.
    pub fn constant(self: *Module, number: u32) Error!u32 {
        const id = try self.idOf(number);
        if (id.at == 0) return self.bad("a constant is missing", .{});
        return switch (self.opcode(id.at)) {
            op.constant, op.spec_constant => (try self.operands(id.at, 3))[2],
            else => self.bad("a size is no plain constant", .{}),
        };
    }

    pub fn typeOpcode(self: *Module, number: u32) Error!u32 {
        const id = try self.idOf(number);
        if (id.at == 0) return self.bad("type {d} is missing", .{number});
        return self.opcode(id.at);
    }
};
