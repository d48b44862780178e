//! Objects with a thread of their own, by handle: held by their owner and, while it runs, by their thread.

const std = @import("std");
const futex = @import("futex.zig");
const handle_table = @import("handle.zig");
const thread = @import("thread.zig");
const Error = @import("result.zig").Error;

/// All objects of one type in this process. `T` has `loop()`, the thread's work; `stop()`, false if somebody was first;
/// `isClosing()`; `closeAll()`, what the thread does at its end, where there is none; `statisticsNow()`; `destroy()`,
/// when nobody is inside any more; and `ended`, a futex word that becomes 1 when the thread has left everything.
pub fn Threaded(comptime T: type, comptime capacity: u16, comptime name: [:0]const u8) type {
    return struct {
        const Entry = struct {
            object: *T,

            pub fn destroy(self: *Entry) void {
                self.object.destroy();
            }
        };

        const Statistics = @typeInfo(@TypeOf(T.statisticsNow)).@"fn".return_type.?;

        var table: handle_table.Table(Entry, capacity) = .{};

        /// Takes over an object that is complete, and starts its thread; after an error it is gone.
        pub fn start(object: *T) Error!u32 {
            const handle = table.add(.{ .object = object }) catch |err| {
                object.closeAll();
                object.destroy();
                return err;
            };
            table.hold(handle) catch unreachable; // The thread's.
            thread.start(name, run, handle) catch |err| {
                object.closeAll();
                table.drop(handle) catch unreachable;
                table.drop(handle) catch unreachable;
                return err;
            };
            return handle;
        }

        /// For a call of the owner's: to be left. The thread may hold an object a moment longer than its owner.
        pub fn enter(handle: u32) Error!*T {
            const object = (try table.enter(handle)).object;
            if (!object.isClosing()) return object;
            table.leave(handle);
            return error.BadHandle;
        }

        pub fn leave(handle: u32) void {
            table.leave(handle);
        }

        pub fn statisticsOf(handle: u32) Error!Statistics {
            const object = try enter(handle);
            defer table.leave(handle);
            return object.statisticsNow();
        }

        /// Ends an object for its owner; returns its last statistics.
        pub fn close(handle: u32) Error!Statistics {
            const object = try enter(handle);
            const was_open = object.stop();
            const last = object.statisticsNow();
            table.leave(handle);
            if (!was_open) return error.BadHandle;
            try table.drop(handle);
            return last;
        }

        fn run(handle: u32) void {
            const object = table.held(handle).object;
            object.loop();
            object.ended.store(1, .seq_cst);
            futex.wakeAll(&object.ended);
            table.drop(handle) catch unreachable;
        }
    };
}
