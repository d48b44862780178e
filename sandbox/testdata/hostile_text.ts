/**
 * An actor that attacks when it is told to.
 *
 * @module
 */

/** Its attacks by name: bodies of asynchronous functions that return what they have got, or throw. */
export const ATTACKS: Readonly<Record<string, string>> = {
  readFile: `const { readFileSync } = await import("node:fs"); return readFileSync("/etc/passwd", "utf8");`,
  readFileLater: `const { readFile } = await import("node:fs/promises"); return await readFile("/etc/passwd", "utf8");`,
  listFolder: `const { readdirSync } = await import("node:fs"); return readdirSync("/");`,
  readParent:
    `const { readFileSync } = await import("node:fs"); return readFileSync("/proc/" + process.ppid + "/environ");`,
  readEnvironment: `const { readFileSync } = await import("node:fs"); return readFileSync("/proc/self/environ");`,
  importFile: `return await import("/etc/passwd");`,
  writeFile: `const { writeFileSync } = await import("node:fs"); writeFileSync(argument.path, "x"); return "written";`,
  fetch: `const answer = await fetch(argument.url); return await answer.text();`,
  connect: `const { connect } = await import("node:net");
    return await new Promise((resolve, reject) => {
      const socket = connect(argument.port, "127.0.0.1", () => resolve("connected"));
      socket.on("error", reject);
    });`,
  listen: `const { createServer } = await import("node:net");
    return await new Promise((resolve, reject) => {
      process.once("uncaughtException", reject);
      const server = createServer().on("error", reject).listen(0, "127.0.0.1", () => resolve(server.address()));
    });`,
  datagram: `const { createSocket } = await import("node:dgram");
    return await new Promise((resolve, reject) => {
      process.once("uncaughtException", reject);
      const socket = createSocket("udp4").on("error", reject);
      socket.send("x", argument.port, "127.0.0.1", (error) => error ? reject(error) : resolve("sent"));
    });`,
  spawn: `const { spawnSync } = await import("node:child_process");
    const done = spawnSync("/bin/echo", ["ran"]);
    if (done.error) throw done.error;
    if (done.status !== 0) throw new Error("status " + done.status);
    return done.stdout.toString();`,
  killParent: `return process.kill(process.ppid, "SIGKILL");`,
  killAll: `return process.kill(-1, "SIGKILL");`,
  changeFolder: `const { mkdirSync } = await import("node:fs"); return mkdirSync(argument.path);`,
  libcInWorker: `if (!deno) throw new Error("as libc");
    const code = \`const c = (value) => new TextEncoder().encode(value + "\\\\0");
      const libc = globalThis["De" + "no"].dlopen("libc.so.6", {
        open: { parameters: ["buffer", "i32"], result: "i32" },
        system: { parameters: ["buffer"], result: "i32" },
        socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
        kill: { parameters: ["i32", "i32"], result: "i32" },
      }).symbols;
      postMessage([libc.open(c("/etc/passwd"), 0), libc.open(c("\${argument.path}"), 0o101),
        libc.socket(2, 1, 0), libc.kill(\${process.ppid}, 9), libc.system(c("echo")) === 0 ? 0 : -1]);\`;
    const worker = new globalThis.Worker("data:text/javascript," + encodeURIComponent(code), { type: "module" });
    const got = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => { event.preventDefault(); reject(new Error(event.message)); };
    });
    worker.terminate();
    if (got.every((value) => value === -1)) throw new Error("refused: " + got);
    return got;`,
  libc: `const open = deno?.dlopen ?? globalThis["B" + "un"].FFI.dlopen;
    const text = deno ? "buffer" : "ptr";
    const table = (parameters, result) => deno ? { parameters, result } : { args: parameters, returns: result };
    const libc = open("libc.so.6", {
      open: table([text, "i32"], "i32"),
      system: table([text], "i32"),
      socket: table(["i32", "i32", "i32"], "i32"),
      kill: table(["i32", "i32"], "i32"),
      ptrace: table(["i32", "i32", "u64", "u64"], "i64"),
    }).symbols;
    const c = (value) => new TextEncoder().encode(value + "\\0");
    const got = {
      open: libc.open(c("/etc/passwd"), 0),
      create: libc.open(c(argument.path), 0o101),
      system: libc.system(c("echo > " + argument.path)),
      socket: libc.socket(2, 1, 0),
      kill: libc.kill(process.ppid, 9),
      ptrace: Number(libc.ptrace(16, process.ppid, 0n, 0n)),
    };
    const won = Object.entries(got).filter(([, value]) => value >= 0 && value !== 32512 && value !== 256);
    if (won.length === 0) throw new Error("refused: " + JSON.stringify(got));
    return Object.fromEntries(won);`,
};

/** Attacks that end the process; what its end says. */
export const SUICIDES: Readonly<Record<string, readonly [body: string, message: RegExp]>> = {
  loop: ["for (;;);", /grant\.wallMsPerTick/],
  buffers: ["const kept = []; for (;;) kept.push(new Uint8Array(8 << 20).fill(1));", /memory|allocat|Out of memory/i],
  objects: ["const kept = []; for (;;) kept.push({ a: [kept.length, {}] });", /memory|grant\.wallMsPerTick/],
  shared: [
    "const kept = []; for (;;) { kept.push(new Uint8Array(new SharedArrayBuffer(8 << 20)).fill(1)); await 0; }",
    /memory|allocat/i,
  ],
  hugeMessage: [
    `const { writeSync } = await import("node:fs");
     const part = "x".repeat(1 << 16); for (;;) { try { writeSync(1, part); } catch { await 0; } }`,
    /it sent a message of more than 1048576 characters/,
  ],
  flood: [
    `const { writeSync } = await import("node:fs");
     const part = '{"type":"beat"}\\n'.repeat(1000); for (;;) { try { writeSync(1, part); } catch { await 0; } }`,
    /it sent more than 20000 messages in a second|it sent what no place sends/,
  ],
  garbage: [
    `const { writeSync } = await import("node:fs"); writeSync(1, "hello\\n"); await never;`,
    /what no place sends/,
  ],
  pollution: [
    `const { writeSync } = await import("node:fs");
     writeSync(1, '{"type":"stats","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}\\n');
     await never;`,
    /what no place sends \(an object may not have the key/,
  ],
  foreignMemory: [
    `const { writeSync } = await import("node:fs");
     const address = { pid: process.ppid, fd: 3, key: "0".repeat(32) };
     writeSync(1, JSON.stringify({ type: "bell", bell: { address } }) + "\\n");
     await never;`,
    /it names memory of another process/,
  ],
  wrongOutput: [
    `const { writeSync } = await import("node:fs");
     writeSync(1, JSON.stringify({ type: "stats", actor: 1, stats: {} }) + "\\n");
     await never;`,
    /what no place sends/,
  ],
  nesting: [
    `const { writeSync } = await import("node:fs");
     writeSync(1, '{"type":"snapshot","actor":1,"state":' + "[".repeat(50000) + "]".repeat(50000) + "}\\n");
     await never;`,
    /what no place sends/,
  ],
  processor: [
    "const end = Date.now() + 60000; while (Date.now() < end) { for (let i = 0; i < 1e7; i++); await new Promise((go) => setTimeout(go)); }",
    /grant\.cpuSeconds/,
  ],
  workers: [
    `const { Worker } = await import("node:worker_threads");
     for (let i = 0; i < 300; i++) {
       new Worker("setInterval(() => {}, 1000)", { eval: true }).on("error", () => {});
       await new Promise((go) => setTimeout(go, 5));
     }
     await never;`,
    /grant\.threads|memory|Failed to spawn/,
  ],
};

/** The text. */
export const HOSTILE: string = `
import { Actor, type ActorSpec, control, registerActor } from "@streamlib/core";
import process from "node:process";

const never = new Promise(() => {});

@registerActor({ name: "Hostile", module: import.meta.url })
export class Hostile extends Actor {
  static readonly spec: ActorSpec<{}> = { description: "Attacks when it is told to." };

  process(): void {}

  @control()
  async attack(argument: { body: string; [name: string]: unknown }): Promise<unknown> {
    const run = new Function("argument", "never", "process", "deno", "return (async () => {" + argument.body + "})()");
    return await run(argument, never, process, globalThis["De" + "no"]);
  }

  @control()
  environment(): unknown {
    return { ...process.env };
  }
}
`;
