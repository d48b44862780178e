/**
 * The end of a process: signals, `exit`, and what is still printed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { behaviour, type Topic } from "./behaviour.ts";
import { runScript } from "./script.ts";

const PRINT = `process.on("exit", () => console.error("exit"));`;

/** See {@linkcode TOPICS}. */
export const SIGNALS: Topic = {
  title: "Signals and the end of a process",
  entries: [
    behaviour("`exit` listeners run at process.exit() and when nothing is left to do, and what they print arrives", {
      reliedOnBy: ["core/profile/print_at_exit.ts", "core/attach/listen.ts"],
    }, async () => {
      for (const end of ["", "process.exit(0);", "setTimeout(() => process.exit(0), 5);"]) {
        const { code, errors } = await runScript(
          `process.on("exit", () => console.error("x".repeat(100_000) + "end")); ${end}`,
        );
        assert.deepEqual([code, errors.length, errors.trimEnd().slice(-4)], [0, 100_004, "xend"], end);
      }
    }),
    behaviour("A signal that nobody listens to ends the process without its `exit` listeners", {
      reliedOnBy: ["core/profile/print_at_exit.ts"],
    }, async () => {
      const { signal, errors } = await runScript(
        `${PRINT} setInterval(() => {}, 1000); process.kill(process.pid, "SIGTERM");`,
      );
      assert.deepEqual([signal, errors], ["SIGTERM", ""]);
    }),
    behaviour(
      "A signal that is listened to does not end the process; once its last listener is removed it does again",
      {
        reliedOnBy: ["core/profile/print_at_exit.ts", "core/place/process_main.ts"],
      },
      async () => {
        for (const name of ["SIGINT", "SIGTERM"]) {
          const { signal, out } = await runScript(`
          setInterval(() => {}, 1000);
          const other = () => {};
          process.on("${name}", other);
          process.on("${name}", function heard() {
            console.log("heard", process.listenerCount("${name}"));
            process.removeListener("${name}", heard);
            process.removeListener("${name}", other);
            process.kill(process.pid, "${name}");
          });
          process.kill(process.pid, "${name}");`);
          assert.deepEqual([signal, out], [name, "heard 2"]);
        }
      },
    ),
    behaviour("Listening to a signal does not hold the process", {
      reliedOnBy: ["core/profile/print_at_exit.ts", "cli/run_command.ts"],
    }, async () => {
      const { code, signal, errors } = await runScript(
        `${PRINT} process.on("SIGINT", () => {}); process.once("SIGTERM", () => {});`,
      );
      assert.deepEqual([code, signal, errors.trimEnd()], [0, null, "exit"]);
    }),
  ],
};
