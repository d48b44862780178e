/**
 * One connection of somebody who looks at this program.
 *
 * It costs the program what it asks for and never makes it wait: while what was sent has not gone out, nothing more is
 * made or read for it.
 *
 * @module
 */
import type { Socket } from "node:net";
import process from "node:process";
import { messageOf } from "../errors.ts";
import { readGraph } from "../graph/graph.ts";
import type { Message } from "../message/message.ts";
import type { Output } from "../port/output.ts";
import { localActors } from "../registry/local_registry.ts";
import { type Ask, readAsk } from "./ask.ts";
import { readLook } from "./look.ts";
import {
  ASK_CHARACTERS_MAX,
  ATTACH_VERSION,
  type AttachErrorCode,
  type ProgramAnswer,
  type ProgramHello,
  type TappedItem,
  VISITORS_MAX,
} from "./protocol.ts";
import { frameOf, tapItems } from "./tap_items.ts";

/** Who has nothing to say goes. */
const SILENCE_MS = 60_000;
/** How long who was refused may take to read why. */
const HANG_UP_MS = 1000;
const ARGUMENTS_CHARACTERS_MAX = 1000;
/** Time between two answers, so that who asks again and again has little of the program's time. */
const PACE_MS = 50;
/** Of a frame that is handed to the socket at a time. */
const PIECE_BYTES = 1 << 18;

/** One connection. */
export class Visitor {
  readonly #socket: Socket;
  /** What has come and was not answered. */
  #pending = "";
  /** What was sent has not gone out. */
  #isFull = false;
  #drained: (() => void) | undefined;
  /** Bytes of a frame are on their way, between which nothing may come. */
  #isSending = false;
  /** Was answered just now. */
  #pace: ReturnType<typeof setTimeout> | undefined;
  /** Ends the watch, tap or frame that is under way. */
  #end: (() => void) | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => this.#close());
    socket.on("close", () => this.#close());
  }

  /** Says hello and answers. */
  welcome(): void {
    this.#socket.setEncoding("utf8");
    this.#socket.on("data", (text) => this.#receive(String(text)));
    this.#socket.on("drain", () => this.#drain());
    this.#say(hello());
    this.#awaitAsk();
  }

  /** Says that there are too many. */
  turnAway(): void {
    this.#refuse("busy", `The program has ${VISITORS_MAX} connections, the most it may have`);
  }

  #receive(text: string): void {
    if (this.#isOver) return;
    this.#pending += text;
    this.#answerAll();
  }

  #answerAll(): void {
    while (!this.#isBlocked) {
      const end = this.#pending.indexOf("\n");
      if (end > ASK_CHARACTERS_MAX || end < 0 && this.#pending.length > ASK_CHARACTERS_MAX) {
        return this.#refuse("ask-invalid", `A line has at most ${ASK_CHARACTERS_MAX} characters`);
      }
      if (end < 0) break;
      const line = this.#pending.slice(0, end);
      this.#pending = this.#pending.slice(end + 1);
      const ask = readAsk(line);
      if ("message" in ask) {
        if (ask.code === "ask-invalid") return this.#refuse(ask.code, ask.message);
        this.#tell(ask.code, ask.message);
      } else this.#answer(ask);
      this.#awaitAsk();
      this.#pause();
    }
    if (this.#isBlocked) this.#socket.pause();
  }

  /** Whether it has to wait for its next answer. */
  get #isBlocked(): boolean {
    return this.#isFull || this.#isSending || this.#pace !== undefined || this.#isOver;
  }

  #pause(): void {
    this.#pace = setTimeout(() => {
      this.#pace = undefined;
      this.#goOn();
    }, PACE_MS);
    this.#pace.unref();
  }

  #goOn(): void {
    this.#answerAll();
    if (!this.#isBlocked) this.#socket.resume();
  }

  #answer(ask: Ask): void {
    try {
      if (ask.ask === "graph") this.#say({ type: "graph", graph: readGraph() });
      else if (ask.ask === "look") this.#say({ type: "look", look: readLook(), skipped: 0 });
      else if (this.#end) this.#tell("busy", "This connection has a watch, tap or frame; open another one");
      else if (ask.ask === "watch") this.#watch(ask.everyMs);
      else this.#look(ask);
    } catch (thrown) {
      this.#tell("refused", messageOf(thrown));
    }
  }

  #watch(everyMs: number): void {
    let skipped = 0;
    const look = (): void => {
      if (this.#isFull) return void skipped++;
      this.#say({ type: "look", look: readLook(), skipped });
      skipped = 0;
    };
    const timer = setInterval(look, everyMs);
    timer.unref();
    this.#end = () => clearInterval(timer);
    look();
  }

  #look(ask: Ask & { ask: "tap" | "frame" }): void {
    const actor = localActors().find(({ label }) => label === ask.actor);
    if (!actor) return this.#tell("actor-unknown", `No actor ${ask.actor} runs here`);
    const cell = actor["~cell"];
    const output = cell.allOutputs.find(({ name }) => name === ask.output) as Output<Message> | undefined;
    if (!output) {
      const known = cell.allOutputs.map(({ name }) => name).join(", ") || "none";
      return this.#tell("port-unknown", `${actor.label} has no output ${ask.output}: its outputs are ${known}`);
    }
    const over = (): void => {
      this.#end = undefined;
      this.#say({ type: "over" });
    };
    const failed = (thrown: unknown): void => {
      this.#end = undefined;
      this.#tell("refused", `Cannot read an item of ${output.label}: ${messageOf(thrown)}`);
    };
    if (ask.ask === "tap") {
      this.#end = tapItems(output, ask.hz, {
        isFull: () => this.#isFull,
        item: (item) => this.#say({ type: "item", item }),
        over,
        failed,
      });
    } else if (output.type.typeName !== "VideoFrame") {
      this.#tell("type-wrong", `${output.label} gives ${output.type.typeName}; only VideoFrame can be saved`);
    } else {
      this.#end = frameOf(output, {
        // Later: the tap gives the newest frame before it can be ended.
        frame: (frame, bytes) => queueMicrotask(() => void this.#send(frame, bytes)),
        over,
        failed,
      });
    }
  }

  async #send(frame: TappedItem, bytes: Uint8Array): Promise<void> {
    this.#isSending = true;
    this.#say({ type: "frame", frame });
    for (let at = 0; at < bytes.length && !this.#isOver; at += PIECE_BYTES) {
      if (this.#isFull) await new Promise<void>((resolve) => this.#drained = resolve);
      if (!this.#isOver) this.#write(bytes.subarray(at, at + PIECE_BYTES));
    }
    this.#isSending = false;
    this.#end = undefined;
    this.#goOn();
  }

  #tell(code: AttachErrorCode, message: string): void {
    this.#say({ type: "error", code, message });
  }

  #refuse(code: AttachErrorCode, message: string): void {
    this.#tell(code, message);
    this.#socket.end();
    // Bun may not read what comes together with a hang-up: who is told has a moment to hang up first.
    setTimeout(() => this.#socket.destroy(), HANG_UP_MS).unref();
    this.#close();
    this.#socket.resume();
  }

  #say(what: ProgramAnswer | ProgramHello): void {
    if (!this.#isOver) this.#write(`${JSON.stringify(what)}\n`);
  }

  #write(what: string | Uint8Array): void {
    this.#isFull = !this.#socket.write(what);
  }

  #drain(): void {
    this.#isFull = false;
    this.#drained?.();
    this.#drained = undefined;
    this.#goOn();
  }

  #awaitAsk(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      if (this.#end) this.#awaitAsk();
      else this.#socket.destroy();
    }, SILENCE_MS);
    this.#silence.unref();
  }

  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pending = "";
    clearTimeout(this.#silence);
    clearTimeout(this.#pace);
    this.#end?.();
    this.#end = undefined;
    this.#drained?.();
  }
}

function hello(): ProgramHello {
  const { pid, versions } = process;
  const name = ["bun", "deno"].find((one) => versions[one] !== undefined) ?? "node";
  return {
    streamlib: ATTACH_VERSION,
    pid,
    argv: cut(process.argv),
    runtime: `${name} ${versions[name]}`,
    startedAt: new Date(performance.timeOrigin).toISOString(),
  };
}

function cut(words: readonly string[]): string[] {
  let room = ARGUMENTS_CHARACTERS_MAX;
  return words.flatMap((word) => {
    if (room <= 0) return [];
    const part = word.slice(0, room);
    room -= part.length;
    return [part];
  });
}
