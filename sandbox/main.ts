/**
 * The second program of a sandboxed process: opens what it needs, locks itself, and only then asks for the text.
 *
 * @module
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { catalogue, loadNative, type Registration, StreamError } from "@streamlib/core";
import { leaveAttachToHome, parseOptions, PlaceHost, thisBell, toPlain } from "@streamlib/core/place";
import { refuseLibraries } from "@streamlib/ffi";
import { decode, encode, LINE_CHARACTERS_MAX } from "./codec.ts";
import { declarationOf } from "./declaration.ts";
import { importText } from "./import_text.ts";
import { LineReader } from "./line_reader.ts";
import type { FromSandbox, MainInit, ToSandbox } from "./wire.ts";

/** Standard output is for messages; what the text prints goes to standard error. */
const TO_HOME = 1;

const init = JSON.parse(process.argv[2]) as MainInit;
let host: PlaceHost | undefined;

leaveAttachToHome();
process.on("SIGINT", () => {});
process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
for (const name of ["log", "info", "debug"] as const) console[name] = console.error;

function send(message: FromSandbox): void {
  let rest = new TextEncoder().encode(`${encode(message)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(TO_HOME, rest));
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== "EAGAIN") throw thrown;
    }
  }
}

function receive(message: ToSandbox): void {
  if (message.type === "beat") return send({ type: "beat" });
  if (message.type === "text") return void load(message);
  host!.receive(message);
}

async function load({ code, name, options }: ToSandbox & { type: "text" }): Promise<void> {
  try {
    const before = new Set(catalogue());
    await importText(code);
    const { name: className, actorClass } = chosen(catalogue().filter((one) => !before.has(one)), name);
    const { spec } = actorClass;
    const given = spec.options ? parseOptions(spec.options, { ...options }, className) : noOptions(className, options);
    const complete = given as Record<string, unknown>;
    host = new PlaceHost(send, {
      name: init.name,
      isRealTime: false,
      check: (value) => void encode(value),
      exit: () => process.exit(0),
    });
    send({ type: "declared", declaration: declarationOf(className, spec, complete) });
  } catch (thrown) {
    send({ type: "failed", error: toPlain(thrown) });
  }
}

function chosen(registered: readonly Registration[], name: string | undefined): Registration {
  if (name === undefined && registered.length === 1) return registered[0];
  const found = registered.find((one) => one.name === name);
  if (found) return found;
  const names = registered.map((one) => one.name).join(", ");
  throw new StreamError(
    "sandbox-refused",
    registered.length === 0
      ? 'Cannot make an actor of the text: it registers none; put @registerActor({ name: "…", module: import.meta.url }) ' +
        "on a class"
      : `Cannot make an actor of the text: it registers ${names}; say which by the option name`,
  );
}

function noOptions(className: string, options: object): object {
  const [unknown] = Object.keys(options);
  if (unknown === undefined) return {};
  throw new StreamError("option-invalid", `Cannot make ${className}: option ${unknown}: this actor has no such option`);
}

const lines = new LineReader(
  LINE_CHARACTERS_MAX,
  (line) => receive(decode(line) as ToSandbox),
  () => process.exit(1),
);
process.stdin.on("data", (bytes) => lines.add(bytes));
process.stdin.on("end", () => process.exit(0));

try {
  const { library, reason } = await loadNative();
  if (!library) throw new StreamError("native-missing", `Cannot lock the sandbox: no native library: ${reason}`);
  // Once it is locked nothing can be opened, and then no library under its name.
  thisBell(false);
  library.native.sandbox.lock(init.readable, init.dataBytes);
  // Its thread takes no signals, and lock() asks all threads by one.
  library.native.exitWithParent(init.parentPid);
  refuseLibraries();
  send({ type: "locked" });
} catch (thrown) {
  send({ type: "failed", error: toPlain(thrown) });
}
