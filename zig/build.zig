//! `zig build`         zig-out/lib/libstreamlib.so; .dylib and streamlib.dll for macOS and Windows (-Dtarget)
//! `zig build test`    unit tests of the library
//! `zig build check`   whether the library compiles for the other systems; nothing is made
//! `zig build gen`     ../ffi/abi.gen.ts from src/abi.zig
//! `zig build mutant`  zig-out/lib/libstreamlib-mutant.so: the same ABI, a ring whose writer ignores pins (for tests)
//! `zig build stress`  millions of commits and 1080p frames in threads, with checksums
//! `zig build bench`   pixel kernels at 1080p, each CPU level
//! `zig build peers`   zig-out/bin/streamlib-peers: bare waits of the kernel, for benchmarks
//! `zig build bench-stream`  zig-out/bin/streamlib-bench-stream: depacketiser and pacer alone, for benchmarks

const std = @import("std");

const Settings = struct {
    target: std.Build.ResolvedTarget,
    optimize: std.builtin.Optimize,
    mutant: bool = false,
    /// The hash of the ABI that the library must have: a library for another system is packed beside a binding.
    abi: ?u64 = null,
};

pub fn build(b: *std.Build) void {
    const settings: Settings = .{
        // A shipped library is never made for the CPU of the machine that builds it.
        .target = b.standardTargetOptions(.{ .default_target = .{ .cpu_model = .baseline } }),
        .optimize = b.option(std.builtin.Optimize, "optimize", "Default: safe") orelse .safe,
        .abi = b.option(u64, "abi", "The hash that the ABI must have"),
    };
    var mutant = settings;
    mutant.mutant = true;
    b.getInstallStep().dependOn(addLibrary(b, "streamlib", settings));
    b.step("mutant", "Build the library whose ring ignores pins, for tests")
        .dependOn(addLibrary(b, "streamlib-mutant", mutant));

    const has_all = settings.target.result.os.tag == .linux;
    const test_root = if (has_all) "src/abi.zig" else "src/portable_test.zig";
    const tests = b.addTest(.{ .root_module = addModule(b, test_root, settings), .use_llvm = true });
    const test_step = b.step("test", "Run the unit tests");
    test_step.dependOn(&b.addRunArtifact(tests).step);
    if (has_all) test_step.dependOn(addGpuTests(b, settings));
    addProgram(b, settings, "stress", "src/stress.zig", "Run the ring with millions of commits and 1080p frames");
    addProgram(b, settings, "bench", "src/bench.zig", "Time the pixel kernels");
    addInstalled(b, settings, "peers", "src/peers.zig", "Build the bare waits that benchmarks are measured against");
    addInstalled(b, settings, "bench-stream", "src/bench_stream.zig", "Build what times streams without a network");
    addCheck(b, settings);
    addGenerator(b);
}

/// Systems that a library is packed for and that no test runs on.
const other_systems = [_][]const u8{ "aarch64-macos", "x86_64-macos", "x86_64-windows-gnu", "aarch64-linux-gnu" };

/// Seconds, because no code is made: that is for packing.
fn addCheck(b: *std.Build, settings: Settings) void {
    const step = b.step("check", "Check that the library compiles for other systems");
    for (other_systems) |name| {
        var other = settings;
        other.target = b.resolveTargetQuery(std.Target.Query.parse(.{ .arch_os_abi = name }) catch unreachable);
        const library = b.addLibrary(.{
            .name = b.fmt("check-{s}", .{name}),
            .linkage = .dynamic,
            .root_module = addModuleAlone(b, "src/abi.zig", other),
            .use_llvm = true,
        });
        step.dependOn(&library.step);
    }
}

fn addAbi(b: *std.Build, settings: Settings) *std.Build.Module {
    return addModule(b, "src/abi.zig", settings);
}

fn addModule(b: *std.Build, root: []const u8, settings: Settings) *std.Build.Module {
    const module = addModuleAlone(b, root, settings);
    addKernels(b, module, settings);
    return module;
}

/// Without the kernels, which are wanted when it is linked.
fn addModuleAlone(b: *std.Build, root: []const u8, settings: Settings) *std.Build.Module {
    const options = b.addOptions();
    options.addOption(bool, "mutant", settings.mutant);
    options.addOption(?u64, "abi", settings.abi);
    const module = b.createModule(.{
        .root_source_file = b.path(root),
        .target = settings.target,
        .optimize = settings.optimize,
        // The system's library is macOS's interface to programs; Linux is called without, Windows by its own.
        .link_libc = settings.target.result.os.tag == .macos,
        .single_threaded = false,
        .pic = true,
        .strip = settings.optimize != .debug,
        .error_tracing = false,
    });
    module.addOptions("options", options);
    return module;
}

/// The pixel kernels, once for each CPU level; the library chooses when it is loaded.
fn addKernels(b: *std.Build, module: *std.Build.Module, settings: Settings) void {
    if (settings.target.result.cpu.arch != .x86_64) return addKernel(b, module, settings.target, "plain");
    inline for (.{ "v2", "v3", "v4" }) |level| {
        var query = settings.target.query;
        query.cpu_model = .{ .explicit = &@field(std.Target.x86.cpu, "x86_64_" ++ level) };
        addKernel(b, module, b.resolveTargetQuery(query), level);
    }
}

fn addKernel(b: *std.Build, module: *std.Build.Module, target: std.Build.ResolvedTarget, level: []const u8) void {
    const options = b.addOptions();
    options.addOption([]const u8, "level", level);
    const kernel = b.createModule(.{
        .root_source_file = b.path("src/pixel/kernels.zig"),
        .target = target,
        .optimize = .fast,
        .link_libc = false,
        .pic = true,
        .strip = true,
        .stack_check = false,
        .unwind_tables = .none,
    });
    kernel.addOptions("kernel_options", options);
    module.addObject(b.addObject(.{
        .name = b.fmt("kernels_{s}", .{level}),
        .root_module = kernel,
        .use_llvm = true,
    }));
}

/// Tests of GPUs are programs of their own: a driver needs a C library, which the other tests do without.
fn addGpuTests(b: *std.Build, settings: Settings) *std.Build.Step {
    const writer = b.addExecutable(.{
        .name = "vk_check",
        .root_module = b.createModule(.{
            .root_source_file = b.path("src/gpu/vk_check.zig"),
            .target = b.graph.host,
            .optimize = .debug,
        }),
    });
    const headers = addGpuTest(b, "gpu-headers", "src/gpu_headers_test.zig", settings);
    const module = headers.producer.?.root_module;
    module.addCSourceFile(.{ .file = b.addRunArtifact(writer).captureStdOut(.{ .basename = "vk_check.cpp" }) });
    module.addAfterIncludePath(.{ .cwd_relative = "/usr/include" });
    const devices = addGpuTest(b, "gpu", "src/gpu.zig", settings);
    devices.step.dependOn(&headers.step);
    const objects = addGpuTest(b, "gpu-object", "src/gpu_object_test.zig", settings);
    objects.step.dependOn(&devices.step);
    return &objects.step;
}

fn addGpuTest(b: *std.Build, name: []const u8, path: []const u8, settings: Settings) *std.Build.Step.Run {
    const module = b.createModule(.{
        .root_source_file = b.path(path),
        .target = settings.target,
        .optimize = settings.optimize,
        .link_libc = true,
    });
    const run = b.addRunArtifact(b.addTest(.{ .name = name, .root_module = module, .use_llvm = true }));
    run.has_side_effects = true; // Which devices and headers there are is not an input that Zig knows of.
    return run;
}

fn addLibrary(b: *std.Build, name: []const u8, settings: Settings) *std.Build.Step {
    const library = b.addLibrary(.{
        .name = name,
        .linkage = .dynamic,
        .root_module = addAbi(b, settings),
        .use_llvm = true,
    });
    return &b.addInstallArtifact(library, .{
        // Beside those of other systems, without what only a linker or debugger of Windows wants.
        .dest_dir = .{ .override = .lib },
        .implib_dir = .disabled,
        .pdb_dir = .disabled,
    }).step;
}

fn addProgram(b: *std.Build, settings: Settings, name: []const u8, path: []const u8, description: []const u8) void {
    const module = b.createModule(.{
        .root_source_file = b.path(path),
        .target = settings.target,
        .optimize = settings.optimize,
    });
    addKernels(b, module, settings);
    const program = b.addExecutable(.{ .name = name, .root_module = module, .use_llvm = true });
    const run = b.addRunArtifact(program);
    run.has_side_effects = true;
    run.addPassthruArgs();
    b.step(name, description).dependOn(&run.step);
}

fn addInstalled(b: *std.Build, settings: Settings, step: []const u8, path: []const u8, description: []const u8) void {
    const module = b.createModule(.{
        .root_source_file = b.path(path),
        .target = settings.target,
        .optimize = settings.optimize,
    });
    const program = b.addExecutable(.{
        .name = b.fmt("streamlib-{s}", .{step}),
        .root_module = module,
        .use_llvm = true,
    });
    b.step(step, description).dependOn(&b.addInstallArtifact(program, .{}).step);
}

/// The generator runs on this machine, whatever the library is built for: the ABI is the same everywhere.
fn addGenerator(b: *std.Build) void {
    const module = b.createModule(.{
        .root_source_file = b.path("src/gen_ts.zig"),
        .target = b.graph.host,
        .optimize = .debug,
    });
    module.addImport("abi", addAbi(b, .{ .target = b.graph.host, .optimize = .debug }));
    const generator = b.addExecutable(.{ .name = "gen_ts", .root_module = module });
    const generated = b.addRunArtifact(generator).captureStdOut(.{});
    const update = b.addUpdateSourceFiles();
    update.addCopyFileToSource(generated, "../ffi/abi.gen.ts");
    b.step("gen", "Write ../ffi/abi.gen.ts").dependOn(&update.step);
}
