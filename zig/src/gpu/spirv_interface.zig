//! What a SPIR-V module has to be given and where it begins: entry points, bindings, push constants.

const std = @import("std");
const modules = @import("spirv_module.zig");
const spirv = @import("spirv.zig");
const Binding = spirv.Binding;
const BindingKind = spirv.BindingKind;
const Block = spirv.Block;
const EntryPoint = spirv.EntryPoint;
const Error = @import("failure.zig").Error;
const Module = modules.Module;
const Stage = spirv.Stage;
const blockOf = @import("spirv_block.zig").blockOf;
const op = modules.op;
const storage = modules.storage;

const bindings_max = 256;
const local_size_mode = 17;

pub fn entryPoints(module: *Module) Error![]const EntryPoint {
    var list: std.ArrayList(EntryPoint) = .empty;
    for (module.entry_at.items) |at| {
        const given = try module.operands(at, 3);
        const stage: Stage = switch (given[0]) {
            0 => .vertex,
            4 => .fragment,
            5 => .compute,
            else => return module.bad("execution model {d} is neither vertex, fragment nor compute", .{given[0]}),
        };
        const function = try module.idOf(given[1]);
        if (function.at == 0 or module.opcode(function.at) != op.function) {
            return module.bad("an entry point has no function", .{});
        }
        var entry: EntryPoint = .{ .name = try module.string(given[2..]), .stage = stage };
        if (stage == .compute) entry.workgroup = try workgroupOf(module, given[1]);
        list.append(module.out, entry) catch return error.OutOfMemory;
    }
    if (list.items.len == 0) return module.bad("it has no entry point", .{});
    return list.items;
}

fn workgroupOf(module: *Module, function: u32) Error![3]u32 {
    try module.addWork(module.ids.len + module.mode_at.items.len);
    for (module.ids) |*id| {
        if (!id.is_workgroup_size or id.at == 0) continue;
        const given = switch (module.opcode(id.at)) {
            op.constant_composite, op.spec_constant_composite => try module.operands(id.at, 5),
            else => return module.bad("the workgroup size is no constant", .{}),
        };
        return checkWorkgroup(module, .{
            try module.constant(given[2]),
            try module.constant(given[3]),
            try module.constant(given[4]),
        });
    }
    for (module.mode_at.items) |at| {
        const given = try module.operands(at, 2);
        if (given[0] != function or given[1] != local_size_mode) continue;
        const size = try module.operands(at, 5);
        return checkWorkgroup(module, size[2..5].*);
    }
    return module.bad("its compute shader has no workgroup size", .{});
}

fn checkWorkgroup(module: *Module, size: [3]u32) Error![3]u32 {
    for (size) |one| {
        if (one == 0 or one > 1 << 16) return module.bad("a workgroup of {any} is not possible", .{size});
    }
    return size;
}

pub fn bindings(module: *Module) Error![]const Binding {
    var list: std.ArrayList(Binding) = .empty;
    for (module.variable_at.items) |at| {
        const given = try module.operands(at, 3);
        switch (given[2]) {
            storage.uniform_constant, storage.uniform, storage.storage_buffer => {},
            else => continue,
        }
        if (list.items.len == bindings_max) return module.bad("it has more than {d} bindings", .{bindings_max});
        list.append(module.out, try bindingOf(module, given)) catch return error.OutOfMemory;
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
            return module.bad("binding {d} of set {d} is there twice", .{ a.binding, a.set });
        }
    }
    return sorted;
}

fn bindingOf(module: *Module, given: []const u32) Error!Binding {
    const id = try module.idOf(given[1]);
    const pointed = try pointedType(module, given[0]);
    var type_number = pointed;
    var count: u32 = 1;
    if (try module.typeOpcode(pointed) == op.type_array) {
        const array = try module.operands((try module.idOf(pointed)).at, 3);
        type_number = array[1];
        count = try module.constant(array[2]);
        if (count == 0 or count > bindings_max) {
            return module.bad("an array of {d} bindings is not possible", .{count});
        }
    }
    const is_structure = try module.typeOpcode(type_number) == op.type_struct;
    var binding: Binding = .{
        .set = id.set orelse return module.bad("a variable has no set", .{}),
        .binding = id.binding orelse return module.bad("a variable has no binding", .{}),
        .kind = try kindOf(module, type_number, given[2]),
        .count = count,
        .name = try module.nameOf(id),
    };
    if (binding.kind == .storage_image) {
        binding.image_format = (try module.operands((try module.idOf(type_number)).at, 8))[7];
    }
    if (is_structure) {
        if (binding.name.len == 0) binding.name = try module.nameOf(try module.idOf(type_number));
        binding.block = try blockOf(module, type_number);
    }
    return binding;
}

fn pointedType(module: *Module, pointer: u32) Error!u32 {
    const id = try module.idOf(pointer);
    if (id.at == 0 or module.opcode(id.at) != op.type_pointer) return module.bad("a variable is no pointer", .{});
    return (try module.operands(id.at, 3))[2];
}

fn kindOf(module: *Module, type_number: u32, storage_class: u32) Error!BindingKind {
    const id = try module.idOf(type_number);
    return switch (try module.typeOpcode(type_number)) {
        op.type_sampler => .sampler,
        op.type_sampled_image => .combined_image,
        op.type_image => switch ((try module.operands(id.at, 8))[6]) {
            1 => .sampled_image,
            2 => .storage_image,
            else => module.bad("an image is neither sampled nor storage", .{}),
        },
        op.type_struct => if (storage_class == storage.storage_buffer or id.is_buffer_block)
            .storage_buffer
        else
            .uniform_buffer,
        else => module.bad("a binding is neither buffer, image nor sampler, or an array without a size", .{}),
    };
}

pub fn pushConstants(module: *Module) Error!?Block {
    var found: ?Block = null;
    for (module.variable_at.items) |at| {
        const given = try module.operands(at, 3);
        if (given[2] != storage.push_constant) continue;
        if (found != null) return module.bad("it has two blocks of push constants", .{});
        const type_number = try pointedType(module, given[0]);
        if (try module.typeOpcode(type_number) != op.type_struct) {
            return module.bad("push constants are no structure", .{});
        }
        found = try blockOf(module, type_number);
    }
    return found;
}
