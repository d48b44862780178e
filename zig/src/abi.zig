//! THE list of exports, and the root of the library.
//!
//! A noun is one file of thin C functions `sl_<noun>_<verb>` and one line in `nouns`. Everything else follows at
//! compile time: the exports, the hash that a binding compares when it opens the library, and (by `zig build gen`)
//! ffi/abi.gen.ts. Only integers of 32 and 64 bits, f64 and byte buffers cross; a buffer is always followed by its
//! length. Anything else does not compile.

const std = @import("std");
const builtin = @import("builtin");
const options = @import("options");
const addon = @import("addon.zig");
const platform = @import("platform.zig");
const result = @import("result.zig");

pub const Result = result.Result;

/// Raised by hand when a function keeps its signature and changes its meaning.
pub const version: u32 = 1;

pub const nouns = .{
    .library = @import("abi/library.zig"),
    .ring = @import("abi/ring.zig"),
    .bell = @import("abi/bell.zig"),
    .time = @import("abi/time.zig"),
    .tai = @import("abi/tai.zig"),
    .follower = @import("abi/follower.zig"),
    .process = @import("abi/process.zig"),
    .sandbox = @import("abi/sandbox.zig"),
    .pixel = @import("abi/pixel.zig"),
    .rtp = @import("abi/rtp.zig"),
    .timestamp = @import("abi/timestamp.zig"),
    .net = @import("abi/net.zig"),
    .sender = @import("abi/sender.zig"),
    .receiver = @import("abi/receiver.zig"),
    .ptp = @import("abi/ptp.zig"),
    .gpu_device = @import("abi/gpu_device.zig"),
    .gpu_stream = @import("abi/gpu_stream.zig"),
    .gpu_resource = @import("abi/gpu_resource.zig"),
};

/// The source of a noun: names of parameters and doc comments are not part of a type, the generator reads them here.
pub fn sourceOf(comptime noun_name: []const u8) [:0]const u8 {
    return @embedFile("abi/" ++ noun_name ++ ".zig");
}

/// What the panics of the library say before the process ends. A panic is a bug in the library.
pub const panic = std.debug.FullPanic(panicked);

fn panicked(message: []const u8, _: ?usize) noreturn {
    platform.system.complain("libstreamlib panicked (a bug, please report it): ");
    platform.system.complain(message);
    platform.system.complain("\n");
    @trap();
}

pub fn isExported(comptime name: []const u8) bool {
    return std.mem.startsWith(u8, name, "sl_");
}

comptime {
    @setEvalBranchQuota(100_000);
    for (@typeInfo(@TypeOf(nouns)).@"struct".field_names) |noun_name| {
        const noun = @field(nouns, noun_name);
        for (@typeInfo(noun).@"struct".decl_names) |name| {
            if (!isExported(name)) continue;
            const function = if (platform.has(noun_name)) @field(noun, name) else refusalOf(@field(noun, name));
            @export(&function, .{ .name = name });
        }
    }
    if (builtin.output_mode == .Lib) @export(&addon.register, .{ .name = "napi_register_module_v1" });
}

/// What stands for a function of a noun that the system does not have. It looks at none of its arguments, which the
/// caller takes back in every calling convention that we build for; so it is declared without them.
fn refusalOf(comptime function: anytype) fn () callconv(.c) @typeInfo(@TypeOf(function)).@"fn".return_type.? {
    const Answer = @typeInfo(@TypeOf(function)).@"fn".return_type.?;
    return struct {
        fn refuse() callconv(.c) Answer {
            // A count is of what there is none of.
            if (@typeInfo(Answer).int.signedness == .unsigned) return 0;
            return @backingInt(Result.not_supported);
        }
    }.refuse;
}

/// How a type is spelled in the tables of the bindings; `buffer` is the caller's bytes.
pub fn typeName(comptime T: type) []const u8 {
    return switch (T) {
        u32 => "u32",
        i32 => "i32",
        u64 => "u64",
        i64 => "i64",
        f64 => "f64",
        ?[*]u8, ?[*]const u8 => "buffer",
        else => @compileError("the type " ++ @typeName(T) ++ " may not cross the ABI"),
    };
}

fn describeFunction(comptime name: []const u8, comptime function: anytype) []const u8 {
    const info = @typeInfo(@TypeOf(function)).@"fn";
    comptime var text: []const u8 = name ++ "(";
    comptime var after_buffer = false;
    inline for (info.param_types) |parameter| {
        const type_name = comptime typeName(parameter.?);
        if (after_buffer and !std.mem.eql(u8, type_name, "u32")) {
            @compileError(name ++ ": a buffer must be followed by its u32 length");
        }
        after_buffer = !after_buffer and comptime std.mem.eql(u8, type_name, "buffer");
        text = text ++ type_name ++ ",";
    }
    return text ++ ")" ++ typeName(info.return_type.?) ++ "\n";
}

fn describeLayout(comptime name: []const u8, comptime T: type) []const u8 {
    comptime var text: []const u8 = name ++ "{";
    const info = @typeInfo(T).@"struct";
    inline for (info.field_names) |field_name| {
        const offset = std.fmt.comptimePrint("{s}@{d}", .{ field_name, @offsetOf(T, field_name) });
        text = text ++ offset ++ ":" ++ @typeName(@FieldType(T, field_name)) ++ ",";
    }
    return text ++ std.fmt.comptimePrint("}}{d}\n", .{@sizeOf(T)});
}

/// Everything a binding relies on, as text.
pub const description: []const u8 = blk: {
    @setEvalBranchQuota(1_000_000);
    var text: []const u8 = "";
    for (@typeInfo(@TypeOf(nouns)).@"struct".field_names) |noun_name| {
        const noun = @field(nouns, noun_name);
        for (@typeInfo(noun).@"struct".decl_names) |name| {
            if (isExported(name)) text = text ++ describeFunction(name, @field(noun, name));
        }
        if (!@hasDecl(noun, "layouts")) continue;
        for (@typeInfo(@TypeOf(noun.layouts)).@"struct".field_names) |name| {
            text = text ++ describeLayout(name, @field(noun.layouts, name));
        }
    }
    const codes = @typeInfo(result.Result).@"enum";
    for (codes.field_names, codes.field_values) |name, value| {
        text = text ++ std.fmt.comptimePrint("{s}={d}\n", .{ name, value });
    }
    break :blk text ++ std.fmt.comptimePrint("version={d}\n", .{version});
};

comptime {
    if (options.abi) |wanted| if (hash != wanted) {
        @compileError(std.fmt.comptimePrint("the ABI is {x} here, it must be {x}", .{ hash, wanted }));
    };
}

pub const hash: u64 = blk: {
    @setEvalBranchQuota(1_000_000);
    break :blk std.hash.Fnv1a_64.hash(description);
};

test "the description names every kind of thing once" {
    inline for (.{ "sl_abi_hash()u64\n", "sl_ring_loan(u32,u32,)i32\n", "timed_out=-34\n", "RingConfig{" }) |part| {
        try std.testing.expectEqual(@as(usize, 1), std.mem.count(u8, description, part));
    }
}

test {
    inline for (@typeInfo(@TypeOf(nouns)).@"struct".field_names) |name| _ = @field(nouns, name);
    _ = @import("portable_test.zig");
    _ = @import("thread.zig");
    _ = @import("process.zig");
    _ = @import("sandbox.zig");
    _ = @import("net.zig");
    _ = @import("stream.zig");
    _ = @import("ptp_client.zig");
    _ = @import("gpu_object.zig");
}
