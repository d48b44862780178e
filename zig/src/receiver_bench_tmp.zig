const std = @import("std");
const linux = std.os.linux;
const net = @import("net.zig");
const receiver = @import("stream/receiver.zig");
const ring_module = @import("ring.zig");
const st2110 = @import("st2110.zig");
const time = @import("time.zig");
const video = st2110.video;
const Ring = ring_module.Ring(.honoured);
fn release(_: u32) void {}
const Shared = struct { port: u16, frames: u32, cpu: u64 = 0 };
fn sendAll(s: *Shared) void { sendAllE(s) catch |e| std.debug.print("send {t}\n", .{e}); }
fn sendAllE(s: *Shared) !void {
    const a = std.heap.page_allocator;
    const format: video.Format = .{ .width = 1920, .height = 1080, .sampling = .ycbcr_422, .depth = .bits_10 };
    const geometry = try format.geometry();
    const frame = try a.alloc(u8, @intCast(geometry.frameBytes()));
    for (frame, 0..) |*b, i| b.* = @truncate(i *% 31);
    var p: st2110.video_packetizer.Packetizer = .init(geometry, 96, 7, 0);
    const socket = try net.udp.Socket.openSend(.{ .to = .ip4(.{127,0,0,1}, s.port), .send_buffer_bytes = 8<<20 });
    const sender = try a.create(net.batch_send.Sender);
    sender.* = .init(socket, .gso);
    const headers = try a.alloc([64]u8, 1024);
    var h: usize = 0;
    const start = time.monotonicNs();
    for (0..s.frames) |f| {
        const begin = start + f * 1_000_000_000 / 60;
        try p.begin(geometry.row_bytes, .{ @intCast(f * 1500), 0 });
        var n: u64 = 0;
        while (p.nextParts()) |parts| {
            if (n % 216 == 0) { _ = try sender.flush(); time.sleepUntil(begin + (n / 216) * 750_000) catch {}; }
            const hh = &headers[h % 1024]; h += 1;
            @memcpy(hh[0..parts.header_bytes], parts.header[0..parts.header_bytes]);
            const pieces = [_]std.posix.iovec_const{ .{ .base = hh, .len = parts.header_bytes }, .{ .base = frame.ptr + parts.pieces[0].offset, .len = parts.pieces[0].bytes } };
            if (!sender.add(&pieces)) { _ = try sender.flush(); _ = sender.add(&pieces); }
            n += 1;
        }
        _ = try sender.flush();
    }
}
fn read(s: *Reader) void {
    var sum: u64 = 0; var cursor: u64 = 0;
    while (!s.stop.load(.acquire)) {
        const seen = s.ring.control().doorbell.load(.seq_cst);
        const slot = s.ring.pinLatest(s.reader, cursor) catch { s.ring.wait(seen, 50) catch {}; continue; };
        cursor = s.ring.header(slot).sequence.load(.monotonic);
        const words = std.mem.bytesAsSlice(u64, s.ring.payload(slot));
        var x: u64 = 0;
        for (words) |w| x +%= w;
        sum +%= x;
        s.ring.unpin(s.reader, slot) catch {};
    }
    s.sum = sum;
    var used: linux.timespec = undefined;
    _ = linux.clock_gettime(.THREAD_CPUTIME_ID, &used);
    s.cpu = @as(u64, @intCast(used.sec)) * 1_000_000_000 + @as(u64, @intCast(used.nsec));
}
const Reader = struct { ring: *Ring, reader: u32, stop: std.atomic.Value(bool) = .init(false), cpu: u64 = 0, sum: u64 = 0 };
pub fn main(init: std.process.Init) !void {
    _ = init;
    const a = std.heap.page_allocator;
    var config = std.mem.zeroes(receiver.Config);
    config.kind = 1; config.use_gro = 1; config.payload_type = 96; config.local = .ip4(.{127,0,0,1}, 0);
    config.receive_buffer_bytes = 32 << 20; config.clock_rate_hz = 90000; config.rate_numerator = 60; config.rate_denominator = 1;
    config.width = 1920; config.height = 1080; config.sampling = 1; config.depth = 10; config.udp_bytes_max = 1460;
    config.missing_policy = 1; config.tai_minus_monotonic_ns = 1_700_000_000_000_000_000;
    config.plane_strides[0] = 4800; config.item_bytes_max = 4800 * 1080;
    const ring = try a.create(Ring);
    ring.* = try .create(.{ .slot_count = 3, .reader_max = 2, .payload_bytes = config.item_bytes_max, .metadata_bytes = 512, .generation = 0 }, "");
    const writer = try ring.openWriter();
    const handle = try receiver.open(&config);
    try receiver.setRing(handle, .of(ring, 0, writer, release));
    var reader: Reader = .{ .ring = ring, .reader = try ring.openReader() };
    const rt = try std.Thread.spawn(.{}, read, .{&reader});
    var shared: Shared = .{ .port = @intCast((try receiver.localOf(handle)).port), .frames = 180 };
    const t = try std.Thread.spawn(.{}, sendAll, .{&shared});
    t.join();
    for (0..3) |_| time.sleepUntil(time.monotonicNs() + 90_000_000) catch {};
    reader.stop.store(true, .release);
    rt.join();
    const s = try receiver.close(handle);
    std.debug.print("frames {d} lost {d} rx {d} us/frame, reader {d} us/frame\n", .{ s.frames, s.lost, s.cpu_ns / 180_000, reader.cpu / 180_000 });
}
