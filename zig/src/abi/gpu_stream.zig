//! Streams of a GPU by handle: work that is recorded, submitted and done in order. See ../gpu_object/stream.zig.
//!
//! A stream is one thread's at a time. All calls that record need a recording under way, else `empty`. What a recording
//! names is kept until the device is done with it, whoever closes it.

const std = @import("std");
const explain = @import("explain.zig");
const frame_pool = @import("../gpu/frame_pool.zig");
const gpu = @import("../gpu_object.zig");
const result = @import("../result.zig");
const Buffer = @import("buffer.zig");
const Error = result.Error;
const Explanation = @import("../gpu/failure.zig").Explanation;
const ThreadHolds = @import("../thread_holds.zig").ThreadHolds;

const layout = gpu.layout;

pub const layouts = .{
    .GpuStreamConfig = layout.GpuStreamConfig,
    .GpuFrame = frame_pool.Frame,
    .GpuPlace = layout.GpuPlace,
    .GpuCopy = layout.GpuCopy,
    .GpuRun = layout.GpuRun,
    .GpuBinding = layout.GpuBinding,
};

/// Which thread has opened which stream.
var thread_holds: ThreadHolds(1024) = .{};

/// Closes what the calling thread, which has ended, left open.
pub fn threadEnded() void {
    while (thread_holds.next()) |handle| gpu.stream.closeAtEnd(handle);
}

/// Opens a stream (layout GpuStreamConfig); returns its handle. `not_supported` if it is to be stamped and its queue
/// has no time stamps.
pub fn sl_gpu_stream_open(device: u32, config: ?[*]const u8, config_bytes: u32) callconv(.c) i32 {
    return result.code(open(device, config, config_bytes));
}

fn open(device: u32, config: ?[*]const u8, config_bytes: u32) Error!u32 {
    const parsed = try Buffer.get(layout.GpuStreamConfig, config, config_bytes);
    const handle = try gpu.stream.open(device, &parsed);
    hold(handle) catch |err| {
        gpu.stream.closeAtEnd(handle);
        return err;
    };
    return handle;
}

fn hold(handle: u32) Error!void {
    thread_holds.add(handle) catch {
        // What went with its device is still in the list.
        thread_holds.prune(gpu.stream.isOpen);
        try thread_holds.add(handle);
    };
}

/// Begins a recording; nothing if one is under way. `full` if as many submits are in flight as may be. Never waits.
pub fn sl_gpu_stream_begin(stream: u32) callconv(.c) i32 {
    return result.code(gpu.stream.begin(stream));
}

/// Gives up what is recorded. Frames that were committed in it are stale.
pub fn sl_gpu_stream_abort(stream: u32) callconv(.c) i32 {
    return result.code(gpu.stream.abort(stream));
}

/// Submits what is recorded; returns the value that the stream reaches when it is done, or a code. The device begins it
/// when all is done that the recording has to wait for.
pub fn sl_gpu_stream_submit(stream: u32) callconv(.c) i64 {
    return longCode(gpu.stream.submit(stream));
}

/// The value that the next submit will reach.
pub fn sl_gpu_stream_next_value(stream: u32) callconv(.c) i64 {
    return longCode(gpu.stream.nextValue(stream));
}

/// The value that is reached. `device_abandoned` if a submit takes longer than the device may: it is given up then.
pub fn sl_gpu_stream_value(stream: u32) callconv(.c) i64 {
    return longCode(gpu.stream.value(stream));
}

fn longCode(outcome: Error!u64) i64 {
    const value = outcome catch |err| return @backingInt(result.fromError(err));
    return @intCast(value);
}

/// Sleeps until a value is reached; `timed_out` if that takes longer than `timeout_ns`, which is at most 100 ms.
/// `not_submitted`, `device_abandoned` as for `sl_gpu_stream_value`.
pub fn sl_gpu_stream_wait(stream: u32, value: u64, timeout_ns: u64) callconv(.c) i32 {
    return result.code(gpu.stream.wait(stream, value, timeout_ns));
}

/// Writes device time of a submit that is done, in u64 nanoseconds: at its beginning 0, then after each of its
/// commands, 63 of them at most. Returns how many. `empty` if it is not done, `gone` if its recording was used again,
/// `not_supported` if the stream is not stamped.
pub fn sl_gpu_stream_stamps(stream: u32, value: u64, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(stamps(stream, value, out, out_bytes));
}

fn stamps(stream: u32, value: u64, out: ?[*]u8, out_bytes: u32) Error!u32 {
    return gpu.stream.stamps(stream, value, try Buffer.writable(out, out_bytes));
}

/// Has the submit wait, on the device, for a submit of another stream of the device; `not_submitted`.
pub fn sl_gpu_stream_wait_for(stream: u32, other: u32, value: u64, why: ?[*]u8, why_bytes: u32) callconv(.c) i32 {
    var explanation: Explanation = .{};
    return explain.code(gpu.command.waitFor(stream, other, value, &explanation), &explanation, why, why_bytes);
}

/// Takes a frame (layout GpuFrame) whose slot of the ring is pinned, to be read; returns its slot of its pool, for
/// places. The pin ends after the submit. `stale_frame`, `wrong_device`, `not_submitted`.
pub fn sl_gpu_stream_read(
    stream: u32,
    frame: ?[*]const u8,
    frame_bytes: u32,
    why: ?[*]u8,
    why_bytes: u32,
) callconv(.c) i32 {
    var explanation: Explanation = .{};
    return explain.code(read(stream, frame, frame_bytes, &explanation), &explanation, why, why_bytes);
}

fn read(stream: u32, frame: ?[*]const u8, frame_bytes: u32, why: *Explanation) Error!u32 {
    const parsed = try Buffer.get(frame_pool.Frame, frame, frame_bytes);
    return gpu.command.read(stream, &parsed, why);
}

/// Takes a slot of a pool, whose slot of the ring is on loan, to be written.
pub fn sl_gpu_stream_write(stream: u32, pool: u32, slot: u32, why: ?[*]u8, why_bytes: u32) callconv(.c) i32 {
    var explanation: Explanation = .{};
    return explain.code(gpu.command.write(stream, pool, slot, &explanation), &explanation, why, why_bytes);
}

/// Writes the frame (layout GpuFrame) of a slot that the recording writes. Later commands of this recording read it;
/// other streams after the submit, so the slot of the ring is committed then.
pub fn sl_gpu_stream_commit(
    stream: u32,
    pool: u32,
    slot: u32,
    out: ?[*]u8,
    out_bytes: u32,
    why: ?[*]u8,
    why_bytes: u32,
) callconv(.c) i32 {
    var explanation: Explanation = .{};
    return explain.code(commit(stream, pool, slot, out, out_bytes, &explanation), &explanation, why, why_bytes);
}

fn commit(stream: u32, pool: u32, slot: u32, out: ?[*]u8, out_bytes: u32, why: *Explanation) Error!void {
    if ((try Buffer.writable(out, out_bytes)).len < @sizeOf(frame_pool.Frame)) return error.OutOfSpace;
    return Buffer.write(frame_pool.Frame, try gpu.command.commit(stream, pool, slot, why), out, out_bytes);
}

/// Records that bytes go into a buffer at an offset, or are a whole picture, rows without gaps. They are copied before
/// this returns. `full` while the stream's staging memory has no room.
pub fn sl_gpu_stream_upload(
    stream: u32,
    handle: u32,
    slot: u32,
    offset: u32,
    bytes: ?[*]const u8,
    byte_count: u32,
    why: ?[*]u8,
    why_bytes: u32,
) callconv(.c) i32 {
    var explanation: Explanation = .{};
    const to: layout.GpuPlace = .{ .handle = handle, .slot = slot, .offset = offset };
    return explain.code(upload(stream, to, bytes, byte_count, &explanation), &explanation, why, why_bytes);
}

fn upload(stream: u32, to: layout.GpuPlace, bytes: ?[*]const u8, byte_count: u32, why: *Explanation) Error!void {
    return gpu.command.upload(stream, to, try Buffer.read(bytes, byte_count), why);
}

/// Records a copy between buffers and pictures, in any direction (layout GpuCopy).
pub fn sl_gpu_stream_copy(
    stream: u32,
    what: ?[*]const u8,
    what_bytes: u32,
    why: ?[*]u8,
    why_bytes: u32,
) callconv(.c) i32 {
    var explanation: Explanation = .{};
    return explain.code(copy(stream, what, what_bytes, &explanation), &explanation, why, why_bytes);
}

fn copy(stream: u32, what: ?[*]const u8, what_bytes: u32, why: *Explanation) Error!void {
    const parsed = try Buffer.get(layout.GpuCopy, what, what_bytes);
    return gpu.command.copy(stream, &parsed, why);
}

/// Records that a shader runs, with all that it is given (layout GpuRun, its GpuBindings, its push constants).
pub fn sl_gpu_stream_run(
    stream: u32,
    what: ?[*]const u8,
    what_bytes: u32,
    why: ?[*]u8,
    why_bytes: u32,
) callconv(.c) i32 {
    var explanation: Explanation = .{};
    return explain.code(run(stream, what, what_bytes, &explanation), &explanation, why, why_bytes);
}

fn run(stream: u32, what: ?[*]const u8, what_bytes: u32, why: *Explanation) Error!void {
    const bytes = try Buffer.read(what, what_bytes);
    const parsed = try Buffer.get(layout.GpuRun, what, what_bytes);
    const rest = bytes[@sizeOf(layout.GpuRun)..];
    const binding_bytes = @as(u64, parsed.binding_count) * @sizeOf(layout.GpuBinding);
    if (rest.len < binding_bytes + parsed.push_bytes) return error.OutOfSpace;
    const bindings = std.mem.bytesAsSlice(layout.GpuBinding, rest[0..@intCast(binding_bytes)]);
    const push = rest[@intCast(binding_bytes)..][0..parsed.push_bytes];
    return gpu.command.run(stream, &parsed, bindings, push, why);
}

/// Gives up what is recorded, and closes the stream when its work is done; `timed_out` if it is not after `timeout_ns`,
/// which is at most 100 ms: then it is open as before, and is closed by another call.
pub fn sl_gpu_stream_close(stream: u32, timeout_ns: u64) callconv(.c) i32 {
    return result.code(close(stream, timeout_ns));
}

fn close(stream: u32, timeout_ns: u64) Error!void {
    gpu.stream.close(stream, timeout_ns) catch |err| {
        // Its device closed it before.
        if (err == error.BadHandle) thread_holds.remove(stream);
        return err;
    };
    thread_holds.remove(stream);
}
