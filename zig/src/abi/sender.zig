//! Senders of streams by handle. See ../stream/sender.zig.

const result = @import("../result.zig");
const net = @import("../net.zig");
const stream = @import("../stream.zig");
const Buffer = @import("buffer.zig");
const ThreadHolds = @import("../thread_holds.zig").ThreadHolds;

const Error = result.Error;
const sender_module = stream.sender;

pub const layouts = .{
    .NetEndpoint = net.endpoint.Endpoint,
    .SenderConfig = sender_module.Config,
    .SenderJob = sender_module.Job,
    .SenderStatistics = sender_module.Statistics,
};

/// Which thread has opened which sender.
var thread_holds: ThreadHolds(1024) = .{};

/// Closes what the calling thread, which has ended, left open. Afterwards no sender of its reads a payload of its.
pub fn threadEnded() void {
    while (thread_holds.next()) |sender| _ = sender_module.close(sender) catch {};
}

/// Opens a socket and starts a thread that sends (layout SenderConfig); returns its handle. Errors name what is wrong
/// with the config (`bad_endpoint`, `bad_picture_size`, `no_pgroup` ...) or with the network (`port_taken`, `no_route`
/// ...).
pub fn sl_sender_open(config: ?[*]const u8, config_bytes: u32) callconv(.c) i32 {
    return result.code(open(config, config_bytes));
}

fn open(config: ?[*]const u8, config_bytes: u32) Error!u32 {
    const handle = try sender_module.open(try Buffer.get(sender_module.Config, config, config_bytes));
    thread_holds.add(handle) catch |err| {
        _ = sender_module.close(handle) catch unreachable;
        return err;
    };
    return handle;
}

/// Has an item sent (layout SenderJob). A frame or a coded picture stays the caller's and must stay as it is until its
/// job is done; audio and ancillary data are copied. `full`: too many jobs wait; `bad_payload`: it is not what the job
/// says; `ended`: the sender is being closed.
pub fn sl_sender_submit(
    sender: u32,
    payload: ?[*]const u8,
    payload_bytes: u32,
    job: ?[*]const u8,
    job_bytes: u32,
) callconv(.c) i32 {
    return result.code(submit(sender, payload, payload_bytes, job, job_bytes));
}

fn submit(sender: u32, payload: ?[*]const u8, payload_bytes: u32, job: ?[*]const u8, job_bytes: u32) Error!void {
    const parsed = try Buffer.get(sender_module.Job, job, job_bytes);
    return sender_module.submit(sender, try Buffer.read(payload, payload_bytes), parsed);
}

/// How many jobs are over, in the order of their submission; 2^64 - 1 if there is no such sender.
pub fn sl_sender_done(sender: u32) callconv(.c) u64 {
    return sender_module.doneCount(sender) catch ~@as(u64, 0);
}

/// Writes what the sender has done (layout SenderStatistics), as of the last job that is over.
pub fn sl_sender_statistics(sender: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(statistics(sender, out, out_bytes));
}

fn statistics(sender: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    return Buffer.write(sender_module.Statistics, try sender_module.statisticsOf(sender), out, out_bytes);
}

/// Of H.264: gives the decoder configuration record (ISO/IEC 14496-15) whose parameter sets go before pictures that
/// have none of their own; empty for none. It is copied. `bad_payload` if it is no such record, or does not fit into
/// packets.
pub fn sl_sender_set_parameter_sets(sender: u32, record: ?[*]const u8, record_bytes: u32) callconv(.c) i32 {
    return result.code(setParameterSets(sender, record, record_bytes));
}

fn setParameterSets(sender: u32, record: ?[*]const u8, record_bytes: u32) Error!void {
    return sender_module.setParameterSets(sender, try Buffer.read(record, record_bytes));
}

/// Writes where the packets come from (layout NetEndpoint), with the port that the system chose.
pub fn sl_sender_local(sender: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(local(sender, out, out_bytes));
}

fn local(sender: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    return Buffer.write(net.endpoint.Endpoint, try sender_module.localEndpoint(sender), out, out_bytes);
}

/// Stops the thread within 100 ms and frees everything; payloads are the caller's again. Writes the last statistics
/// (layout SenderStatistics); what was not sent counts as dropped. `goes_on` is 1 if another sender goes on with the
/// stream, so that there is no RTCP goodbye; else 0.
pub fn sl_sender_close(sender: u32, goes_on: u32, out: ?[*]u8, out_bytes: u32) callconv(.c) i32 {
    return result.code(close(sender, goes_on, out, out_bytes));
}

fn close(sender: u32, goes_on: u32, out: ?[*]u8, out_bytes: u32) Error!void {
    if (goes_on > 1) return error.OutOfRange;
    if ((try Buffer.writable(out, out_bytes)).len < @sizeOf(sender_module.Statistics)) return error.OutOfSpace;
    const last = try if (goes_on == 1) sender_module.handOver(sender) else sender_module.close(sender);
    thread_holds.remove(sender);
    Buffer.write(sender_module.Statistics, last, out, out_bytes) catch unreachable; // Its length was checked first.
}
