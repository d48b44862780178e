//! Sends many datagrams with few system calls.
//!
//! Problem. The kernel's way through its stack costs about as much for one datagram as for sixty, so a call for each
//! costs most of a core at the packet rate of one HD stream. `sendmmsg` saves the calls and not the way.
//!
//! What we do: datagrams of equal size that follow each other are one message with `UDP_SEGMENT`; it goes through the
//! stack once and is cut into its datagrams at the end, by the network card if that can. What arrives is the same.
//! The first datagram that is shorter ends its run. All messages go out in one `sendmmsg`.
//!
//! The segments of a message leave back to back: who paces calls `flush` at the end of each burst.

const std = @import("std");
const linux = std.os.linux;
const control = @import("control.zig");
const system = @import("system.zig");
const Socket = @import("udp.zig").Socket;

const Error = system.Error;
const iovec_const = std.posix.iovec_const;

/// What a flush did. All counts are datagrams, but `calls`.
pub const Outcome = struct {
    /// Handed over to the kernel.
    sent: u32 = 0,
    /// Not taken by the kernel, or not within 100 ms. They are given up.
    refused: u32 = 0,
    /// System calls.
    calls: u32 = 0,
    /// Times that the kernel told of an earlier datagram that was answered with "nobody listens there" (ICMP). What is
    /// queued is sent all the same: somebody may listen by then.
    answers: u32 = 0,
    /// The last of the causes: `Refused` for an answer, else why datagrams were refused.
    last_error: ?Error = null,
};

/// About 90 KiB. It must stay where it is from the first `add` to `flush`.
pub const Sender = struct {
    pub const Mode = enum {
        /// Runs of datagrams as one message.
        gso,
        /// One message for each datagram, in one call.
        single,
    };

    /// Datagrams in a batch.
    pub const batch_packets_max = 512;
    /// Pieces of one datagram.
    pub const pieces_max = 16;
    /// Pieces in a batch.
    pub const batch_pieces_max = 4 * batch_packets_max;
    /// Of one message; the least that a kernel with UDP_SEGMENT takes.
    const segments_max = 64;
    const message_bytes_max = 65_000;
    /// The kernel takes so many pieces in a message (UIO_MAXIOV).
    const message_pieces_max = 1024;

    socket: Socket,
    /// What is done. It becomes `single` in a flush if the path of the socket turns out not to take runs.
    mode: Mode,
    run_count: u32 = 0,
    piece_count: u32 = 0,
    packet_count: u32 = 0,
    /// Each is one message.
    runs: [batch_packets_max]Run = undefined,
    messages: [batch_packets_max]linux.mmsghdr = undefined,
    controls: [batch_packets_max]control.SendBuffer = undefined,
    pieces: [batch_pieces_max]iovec_const = undefined,

    const Run = struct {
        first_piece: u32,
        piece_count: u32,
        packet_count: u32 = 1,
        /// Of each datagram but the last, which may be shorter.
        segment_bytes: u32,
        bytes: u32,
        launch_ns: u64,
        /// Takes no further datagram.
        is_closed: bool,
    };

    /// Over a connected socket, which stays the caller's. `mode` of what it returns says `single` where the kernel has
    /// no UDP_SEGMENT.
    pub fn init(socket: Socket, mode: Mode) Sender {
        const has_gso = mode == .gso and isSupported(socket.fd);
        return .{ .socket = socket, .mode = if (has_gso) .gso else .single };
    }

    /// Whether the kernel has UDP_SEGMENT (Linux 4.18).
    pub fn isSupported(fd: i32) bool {
        system.setNumber(fd, linux.IPPROTO.UDP, linux.UDP.SEGMENT, 0) catch return false;
        return true;
    }

    /// Adds a datagram that is gathered from 1 to `pieces_max` pieces; their memory must stay as it is until `flush`.
    /// Returns false when the batch is full: flush, then add it again.
    pub fn add(self: *Sender, pieces: []const iovec_const) bool {
        return self.addAt(pieces, 0);
    }

    /// Like `add`, with the instant of the monotonic clock that the datagram is to leave at, for a socket opened with
    /// `tx_time`; 0 is none. Datagrams of one instant leave together.
    pub fn addAt(self: *Sender, pieces: []const iovec_const, launch_ns: u64) bool {
        std.debug.assert(pieces.len > 0 and pieces.len <= pieces_max);
        const piece_count: u32 = @intCast(pieces.len);
        if (self.packet_count == batch_packets_max or self.piece_count + piece_count > batch_pieces_max) return false;
        var sum: usize = 0;
        for (self.pieces[self.piece_count..][0..pieces.len], pieces) |*to, from| {
            to.* = from;
            sum += from.len;
        }
        // What is too long for a datagram is too long for the kernel, which says so.
        const bytes: u32 = @intCast(@min(sum, std.math.maxInt(u32)));
        if (self.growing(bytes, piece_count, launch_ns)) |run| {
            run.piece_count += piece_count;
            run.packet_count += 1;
            run.bytes += bytes;
            run.is_closed = bytes < run.segment_bytes;
        } else {
            self.runs[self.run_count] = .{
                .first_piece = self.piece_count,
                .piece_count = piece_count,
                .segment_bytes = bytes,
                .bytes = bytes,
                .launch_ns = launch_ns,
                // An empty datagram would vanish in a run.
                .is_closed = self.mode == .single or bytes == 0,
            };
            self.run_count += 1;
        }
        self.piece_count += piece_count;
        self.packet_count += 1;
        return true;
    }

    /// Datagrams that wait for `flush`.
    pub fn queued(self: *const Sender) u32 {
        return self.packet_count;
    }

    /// The last run, if it takes this datagram.
    fn growing(self: *Sender, bytes: u32, piece_count: u32, launch_ns: u64) ?*Run {
        if (self.run_count == 0 or bytes == 0) return null;
        const run = &self.runs[self.run_count - 1];
        if (run.is_closed or run.packet_count == segments_max or run.launch_ns != launch_ns) return null;
        if (bytes > run.segment_bytes or run.bytes + bytes > message_bytes_max) return null;
        if (run.piece_count + piece_count > message_pieces_max) return null;
        return run;
    }

    /// Writes what the kernel reads for the runs from `first` on.
    fn prepare(self: *Sender, first: u32) void {
        const end = self.run_count;
        for (self.runs[first..end], self.messages[first..end], self.controls[first..end]) |run, *message, *extra| {
            const segment_bytes: u16 = if (run.packet_count > 1) @intCast(run.segment_bytes) else 0;
            const control_bytes = extra.write(segment_bytes, run.launch_ns);
            message.* = .{ .len = 0, .hdr = .{
                .name = null,
                .namelen = 0,
                .iov = @ptrCast(&self.pieces[run.first_piece]),
                .iovlen = run.piece_count,
                .control = if (control_bytes > 0) extra else null,
                .controllen = control_bytes,
                .flags = 0,
            } };
        }
    }

    /// Sends all that was added, in order; afterwards nothing is queued. Waits while the socket's buffer is full, at
    /// most 100 ms; what was not sent by then is refused. What the kernel refuses is counted and not tried again. An
    /// error is returned only if nothing can be sent by this socket any more.
    pub fn flush(self: *Sender) Error!Outcome {
        defer self.clear();
        self.prepare(0);
        var outcome: Outcome = .{};
        var next: u32 = 0;
        var is_second_try = false;
        while (next < self.run_count) {
            outcome.calls += 1;
            const left = self.run_count - next;
            const returned = linux.sendmmsg(self.socket.fd, self.messages[next..].ptr, left, 0);
            const errno = linux.errno(returned);
            switch (errno) {
                .SUCCESS => {
                    const done: u32 = @intCast(returned);
                    outcome.sent += self.packetsOf(next, done);
                    next += done;
                    is_second_try = false;
                    continue;
                },
                .INTR => continue,
                .BADF, .NOTSOCK, .FAULT, .DESTADDRREQ => return error.Unexpected,
                // Too long, but the last of the run may be short enough. Or: no checksums, a tunnel, an old kernel's
                // word for "too long".
                .MSGSIZE, .IO, .INVAL => if (self.runs[next].packet_count > 1) {
                    if (errno != .MSGSIZE) self.mode = .single;
                    self.split(next);
                    continue;
                },
                else => {},
            }
            outcome.last_error = system.fromErrno(errno);
            // Told once, in place of sending: the second try is of the datagram itself.
            is_second_try = errno == .CONNREFUSED and !is_second_try;
            if (is_second_try) {
                outcome.answers += 1;
                continue;
            }
            const given_up = if (errno == .AGAIN) left else 1;
            outcome.refused += self.packetsOf(next, given_up);
            next += given_up;
        }
        return outcome;
    }

    fn packetsOf(self: *const Sender, first: u32, count: u32) u32 {
        var sum: u32 = 0;
        for (self.runs[first..][0..count]) |run| sum += run.packet_count;
        return sum;
    }

    /// Makes the runs from `first` on runs of one datagram. There is room: each run before them has a datagram too.
    fn split(self: *Sender, first: u32) void {
        var from = self.run_count;
        var to = first + self.packetsOf(first, self.run_count - first);
        self.run_count = to;
        // From the end, so that a run is read before it is written over.
        while (from > first) {
            from -= 1;
            const run = self.runs[from];
            to -= run.packet_count;
            var piece = run.first_piece;
            const end = run.first_piece + run.piece_count;
            for (self.runs[to..][0..run.packet_count]) |*one| {
                const first_piece = piece;
                var bytes: u32 = 0;
                while (piece < end and (bytes < run.segment_bytes or self.pieces[piece].len == 0)) : (piece += 1) {
                    bytes += @intCast(self.pieces[piece].len);
                }
                one.* = .{
                    .first_piece = first_piece,
                    .piece_count = piece - first_piece,
                    .segment_bytes = bytes,
                    .bytes = bytes,
                    .launch_ns = run.launch_ns,
                    .is_closed = true,
                };
            }
        }
        self.prepare(first);
    }

    fn clear(self: *Sender) void {
        self.run_count = 0;
        self.piece_count = 0;
        self.packet_count = 0;
    }
};
