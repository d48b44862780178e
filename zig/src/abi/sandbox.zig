//! Processes that run what is not trusted. See ../sandbox.zig.

const result = @import("../result.zig");
const sandbox = @import("../sandbox.zig");
const shm = @import("../shm.zig");
const Buffer = @import("buffer.zig");

const Error = result.Error;

pub const layouts = .{ .SandboxFeatures = sandbox.wall.Features };

/// Writes what this kernel can enforce (layout SandboxFeatures).
pub fn sl_sandbox_probe(out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(Buffer.write(sandbox.wall.Features, sandbox.wall.probe(), out, out_bytes));
}

/// Makes the end from which memory is lent to one process, and returns its handle.
pub fn sl_sandbox_open() callconv(.c) i32 {
    return result.code(sandbox.lending.open());
}

/// The number by which the process finds it.
pub fn sl_sandbox_name(lender: u32) callconv(.c) i32 {
    return result.code(sandbox.lending.nameOf(lender));
}

/// Takes the connection of process `pid`: `ok`, or `empty` if it has not come.
pub fn sl_sandbox_accept(lender: u32, pid: u32) callconv(.c) i32 {
    return result.code(sandbox.lending.accept(lender, pid));
}

/// Sends a memory (layout SharedAddress) to the process: `ok`, `gone`, `not_shared`, or `full` if it does not take what it
/// is sent.
pub fn sl_sandbox_lend(lender: u32, address: ?[*]const u8, address_bytes: u32) callconv(.c) i32 {
    const parsed = Buffer.get(shm.Address, address, address_bytes) catch |err| {
        return result.code(@as(Error!void, err));
    };
    return result.code(sandbox.lending.lend(lender, parsed));
}

/// Lends nothing more.
pub fn sl_sandbox_close(lender: u32) callconv(.c) i32 {
    return result.code(sandbox.lending.close(lender));
}

/// Walls the calling process in and replaces it by another program, as the records of `plan` say; see ../sandbox/wall.zig.
/// Returns only if that fails, and then the process must end. A limit of 0 is none.
pub fn sl_sandbox_enter(
    name: u32,
    plan: ?[*]const u8,
    plan_bytes: u32,
    data_bytes: u64,
    file_bytes: u64,
    cpu_seconds: u32,
    descriptors: u32,
) callconv(.c) i32 {
    const text = Buffer.read(plan, plan_bytes) catch |err| return result.code(@as(Error!void, err));
    const limits: sandbox.wall.Limits = .{
        .data_bytes = data_bytes,
        .file_bytes = file_bytes,
        .cpu_seconds = cpu_seconds,
        .descriptors = descriptors,
    };
    return result.code(sandbox.wall.enter(name, limits, text));
}

/// From now on all threads of this process live under the filter of system calls; its private memory can grow by
/// `data_bytes`, 0: as it could. `paths` are what may be read, as records of ../sandbox/wall.zig; without any nothing is
/// opened. `not_supported` if a thread does not take part.
pub fn sl_sandbox_lock(paths: ?[*]const u8, paths_bytes: u32, data_bytes: u64) callconv(.c) i32 {
    const text = Buffer.read(paths, paths_bytes) catch |err| return result.code(@as(Error!void, err));
    return result.code(sandbox.wall.lock(text, data_bytes));
}
