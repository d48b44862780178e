/**
 * Child processes and the channel to them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type ChildProcess, type SpawnOptions, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { serialize } from "node:v8";
import { behaviour, difference, type Topic } from "./behaviour.ts";
import { endOf, inFolder, PRINT_IF_HELD, runScript, startScript, writeModule } from "./script.ts";

const CHANNEL: SpawnOptions = { stdio: ["ignore", "pipe", "pipe", "ipc"], serialization: "advanced" };
const POOL = { reliedOnBy: ["core/place/process_pool_dispatcher.ts"] } as const;

/** Starts a child with a channel, and ends it after use. */
function withChild<T>(
  source: string,
  use: (child: ChildProcess) => Promise<T>,
  given: readonly string[] = [],
): Promise<T> {
  return inFolder(async (folder) => {
    writeModule(folder, "child.mjs", source);
    const child = startScript(join(folder, "child.mjs"), CHANNEL, given);
    const ended = endOf(child);
    try {
      return await use(child);
    } finally {
      kill(child);
      if (child.connected) child.disconnect();
      await ended;
    }
  });
}

/** Ends a child for certain; what the runtime says of it may be wrong. */
function kill({ pid }: ChildProcess): void {
  try {
    process.kill(pid!, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** A child that says that it runs, and goes on after the signal that it is sent. */
const TAKES_SIGTERM = `
  process.on("SIGTERM", () => process.send("heard"));
  setInterval(() => {}, 1000);
  process.send("runs");
`;

/** See {@linkcode TOPICS}. */
export const PROCESSES: Topic = {
  title: "Child processes",
  entries: [
    behaviour(
      "With `advanced` serialization Map, Set, bigint, undefined, typed arrays and cycles cross a channel both ways",
      POOL,
      () =>
        withChild(`process.on("message", (message) => process.send(message));`, async (child) => {
          const cycle: { self?: unknown } = {};
          cycle.self = cycle;
          const sent = {
            map: new Map([[1n, new Set(["a"])]]),
            nothing: undefined,
            bytes: new Uint8Array([1, 2]),
            cycle,
          };
          child.send(sent);
          const [back] = await once(child, "message") as [typeof sent];
          assert.deepEqual(back.map, sent.map);
          assert.deepEqual(["nothing" in back, [...back.bytes]], [true, [1, 2]]);
          assert.equal(back.cycle.self, back.cycle);
        }),
    ),
    behaviour("Messages sent to a child before it listens are kept, in their order", {
      reliedOnBy: ["core/place/process_pool_dispatcher.ts", "core/place/process_main.ts"],
    }, () =>
      withChild(
        `setTimeout(() => {
          const messages = [];
          process.on("message", (message) => {
            if (messages.push(message) === 3) process.send(messages.join());
          });
        }, 20);`,
        async (child) => {
          for (const message of [1, 2, 3]) child.send(message);
          const [back] = await once(child, "message");
          assert.equal(back, "1,2,3");
        },
      )),
    behaviour("A child gets its arguments unchanged; process.argv[1] is the absolute path of its main module", {
      reliedOnBy: ["core/place/process_main.ts", "core/place/pool_dispatcher.ts", "core/place/run_arguments.ts"],
    }, async () => {
      const given = JSON.stringify({ name: 'a "name" with $HOME and \\', list: [1] });
      const { out } = await runScript(
        `import { fileURLToPath } from "node:url";
        console.log(process.argv[2]);
        console.log(process.argv[1] === fileURLToPath(import.meta.url), import.meta.main);`,
        [given],
      );
      assert.equal(out, `${given}\ntrue true`);
    }),
    behaviour("A child that is `detached` leads a process group of its own", POOL, () =>
      inFolder(async (folder) => {
        writeModule(folder, "child.mjs", `setInterval(() => {}, 1000); console.log("runs");`);
        const child = startScript(join(folder, "child.mjs"), { detached: true });
        await once(child.stdout!, "data");
        const group = readFileSync(`/proc/${child.pid}/stat`, "utf8").replace(/.*\)/, "").trim().split(" ")[2];
        process.kill(child.pid!, "SIGKILL");
        await once(child, "exit");
        assert.equal(Number(group), child.pid);
      })),
    behaviour(
      "process.kill() of the child's pid works again after a signal that the child took",
      POOL,
      () =>
        withChild(TAKES_SIGTERM, async (child) => {
          await once(child, "message");
          process.kill(child.pid!, "SIGTERM");
          assert.deepEqual(await once(child, "message").then(([message]) => message), "heard");
          process.kill(child.pid!, "SIGKILL");
          const [code, signal] = await once(child, "exit");
          assert.deepEqual([code, signal], [null, "SIGKILL"]);
        }),
    ),
    behaviour("The end of its parent, and disconnect(), are `disconnect` in the child", {
      reliedOnBy: ["core/place/process_main.ts"],
    }, async () => {
      const source =
        `process.on("disconnect", () => process.exit(7)); process.on("message", () => {}); process.send(0);`;
      await withChild(source, async (child) => {
        await once(child, "message");
        child.disconnect();
        assert.equal((await once(child, "exit"))[0], 7);
      });
    }),
    behaviour(
      "send() to a child that has ended gives its callback an error, and throws none",
      POOL,
      () =>
        withChild(`process.on("message", () => {});`, async (child) => {
          child.on("error", () => {});
          process.kill(child.pid!, "SIGKILL");
          await once(child, "exit");
          const told = await new Promise((resolve) => child.send({ late: true }, resolve));
          assert.ok(told instanceof Error, `the callback got ${told}`);
        }),
    ),
    behaviour(
      "A child with a channel lets its parent end after unref() of all that has it",
      POOL,
      () =>
        inFolder(async (folder) => {
          writeModule(
            folder,
            "child.mjs",
            `process.on("disconnect", () => process.exit(0)); process.on("message", () => {});`,
          );
          writeModule(
            folder,
            "script.mjs",
            `import { spawn } from "node:child_process";
          import { fileURLToPath } from "node:url";
          const path = fileURLToPath(new URL("./child.mjs", import.meta.url));
          const given = process.versions.bun ? ["run", path] : ["run", "--quiet", "-A", "--no-check", path];
          const stdio = ["ignore", "pipe", "pipe", "ipc"];
          const child = spawn(process.execPath, given, { stdio, serialization: "advanced", detached: true });
          child.unref();
          child.channel?.unref?.();
          for (const from of [child.stdout, child.stderr]) from.on("data", () => {}).unref?.();
          child.on("message", () => {}).on("exit", () => {});
          ${PRINT_IF_HELD}`,
          );
          const { out, code, errors } = await endOf(startScript(join(folder, "script.mjs")));
          assert.deepEqual([out, code, errors], ["", 0, ""]);
        }),
    ),
    difference("unref() of a child's channel", {
      deno: "is there",
      bun: "is absent",
      mayGo: "the question whether there is one",
      ...POOL,
    }, () =>
      withChild(`process.on("message", () => {}); process.send(0);`, async (child) => {
        await once(child, "message");
        return typeof child.channel?.unref === "function" ? "is there" : "is absent";
      })),
    difference("The channel to a child that takes the signal of child.kill()", {
      deno: "is closed at once",
      bun: "stays open",
      mayGo: "process.kill() in place of child.kill()",
      reliedOnBy: ["core/place/process_pool_dispatcher.ts", "tests/integration/st2110/peer.ts"],
    }, () =>
      withChild(TAKES_SIGTERM, async (child) => {
        await once(child, "message");
        child.kill("SIGTERM");
        return child.connected ? "stays open" : "is closed at once";
      })),
    difference("child.kill() again, after a signal that the child took", {
      deno: "does nothing",
      bun: "sends it",
      mayGo: "process.kill() in place of child.kill()",
      reliedOnBy: ["core/place/process_pool_dispatcher.ts", "tests/integration/st2110/peer.ts"],
    }, () =>
      inFolder(async (folder) => {
        writeModule(
          folder,
          "child.mjs",
          `process.on("SIGTERM", () => console.log("heard")); setInterval(() => {}, 1000); console.log("runs");`,
        );
        const child = startScript(join(folder, "child.mjs"));
        await once(child.stdout!, "data");
        child.kill("SIGTERM");
        await once(child.stdout!, "data");
        const isSent = child.kill("SIGKILL");
        kill(child);
        return isSent ? "sends it" : "does nothing";
      })),
    difference("How a child ended that took the signal of child.kill() and exited with code 0", {
      deno: "by the signal",
      bun: "with code 0",
      mayGo: "process.kill() in place of child.kill()",
      reliedOnBy: ["core/profile/program_test.ts", "tests/integration/demo_test.ts", "cli/ptp_command_test.ts"],
    }, () =>
      withChild(
        `process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000); process.send(0);`,
        async (child) => {
          await once(child, "message");
          const exit = once(child, "exit");
          child.kill("SIGTERM");
          const [code, signal] = await exit;
          return signal === null ? `with code ${code}` : "by the signal";
        },
      )),
    difference("The environment that is given to spawnSync()", {
      deno: "adds to that of the process",
      bun: "is all there is",
      mayGo: "NO_COLOR set to nothing instead of left out",
      reliedOnBy: ["cli/run/run_program_test.ts"],
    }, () => {
      const name = "STREAMLIB_COMPAT_INHERITED";
      process.env[name] = "1";
      try {
        const { [name]: _, ...env } = process.env;
        const { stdout } = spawnSync("sh", ["-c", `echo "$${name}"`], { env, encoding: "utf8" });
        return Promise.resolve(stdout.trim() === "1" ? "adds to that of the process" : "is all there is");
      } finally {
        delete process.env[name];
      }
    }),
    difference("serialize() of node:v8 for a SharedArrayBuffer", {
      deno: "throws",
      bun: "makes a copy",
      mayGo: "the search for shared memory",
      reliedOnBy: ["core/place/process_message.ts"],
    }, () => {
      try {
        serialize(new SharedArrayBuffer(8));
        return "makes a copy";
      } catch {
        return "throws";
      }
    }),
    behaviour("serialize() of node:v8 throws for what cannot be sent, a function for one", {
      reliedOnBy: ["core/place/process_message.ts"],
    }, () => {
      assert.throws(() => serialize({ deep: [() => {}] }));
      assert.throws(() => serialize(Symbol("name")));
    }),
  ],
};
