/**
 * `streamlib tap`: the items of an output of a running program, or one frame as a picture.
 *
 * @module
 */
import { messageOf, type ProgramOutput, type VideoFormat } from "@streamlib/core";
import { writeFileSync } from "node:fs";
import { PID_OPTION, pidOf } from "./attach/attach_arguments.ts";
import { type Connection, ConnectionError } from "./attach/connection.ts";
import { findOutput } from "./attach/find_output.ts";
import { untilInterrupted } from "./attach/interrupt.ts";
import { itemLine } from "./attach/item_line.ts";
import { attach } from "./attach/programs.ts";
import type { Command, GivenOptions, Screen } from "./command.ts";

/** Pictures and sound are not shown more often unless that is asked for. */
const MEDIA_HZ = 10;
/** A frame is saved soon rather than small. */
const PNG_LEVEL = 4;
/** How long to wait for the frame to be saved. */
const FRAME_MS = 10_000;

/** What was asked for. */
interface Wish {
  readonly pid: number | undefined;
  readonly hz: number | undefined;
  readonly hasAge: boolean;
  readonly isJson: boolean;
  readonly file: string | undefined;
}

/**
 * Exit code 0 when it was ended, the actor has ended or the frame is saved; 1 if there is no such program or output, or
 * no frame; 2 for options that cannot be.
 */
export const tap: Command = {
  name: "tap",
  summary: "Look at an output of a running program: streamlib tap invert-1.video",
  positionals: "ACTOR.OUTPUT",
  positionalsMax: 1,
  options: {
    pid: PID_OPTION,
    hz: { kind: "text", value: "N", description: "Items per second at most; default 10 for media, all for the rest" },
    age: { kind: "flag", description: "Also say how old items are, and how long ago their source made them" },
    json: { kind: "flag", description: "Write JSON: an object for each item" },
    save: { kind: "text", value: "FRAME.png", description: "Save the newest frame as a picture and end" },
  },
  async run(given, [name], screen: Screen) {
    const wish = wishOf(given, name);
    if (typeof wish === "string") {
      screen.err(`Cannot run tap: ${wish}; see streamlib tap --help`);
      return 2;
    }
    const connection = await attach(wish.pid);
    try {
      connection.ask({ ask: "look" });
      const answer = await connection.next();
      const output = answer.type === "look"
        ? findOutput(name, answer.look)
        : "Cannot tap: the program does not say what runs";
      if (typeof output === "string") {
        screen.err(output);
        return 1;
      }
      if (wish.file !== undefined) return await save(connection, output, wish.file, wish.isJson, screen);
      return await untilInterrupted(() => connection.close(), () => follow(connection, output, wish, screen));
    } finally {
      connection.close();
    }
  },
};

function wishOf(given: GivenOptions, name: string | undefined): Wish | string {
  const pid = pidOf(given.pid);
  if (typeof pid === "string") return pid;
  if (name === undefined) return "it needs the name of an output, ACTOR.OUTPUT";
  const hz = given.hz === undefined ? undefined : Number(given.hz);
  if (hz !== undefined && !(hz >= 0.01 && hz <= 1000)) return `--hz ${given.hz}: 0.01 to 1000 is right`;
  const file = given.save as string | undefined;
  if (file !== undefined && !file.toLowerCase().endsWith(".png")) {
    return `--save ${file}: a name ending in .png is right`;
  }
  return { pid, hz, file, hasAge: given.age === true, isJson: given.json === true };
}

async function follow(
  connection: Connection,
  { actor, port: output, kind }: ProgramOutput,
  { hz, hasAge, isJson }: Wish,
  screen: Screen,
): Promise<number> {
  const most = hz ?? (kind === "media" ? MEDIA_HZ : undefined);
  connection.ask({ ask: "tap", actor, output, ...(most === undefined ? {} : { hz: most }) });
  await connection.untilOver(async () => {
    for (;;) {
      const answer = await connection.next();
      if (answer.type === "item") screen.out(isJson ? JSON.stringify(answer.item) : itemLine(answer.item, hasAge));
      else if (answer.type === "over") return screen.err(`${actor} has ended`);
    }
  }, (message) => screen.err(message));
  return 0;
}

async function save(
  connection: Connection,
  { actor, port: output, type }: ProgramOutput,
  file: string,
  isJson: boolean,
  screen: Screen,
): Promise<number> {
  if (type !== "VideoFrame") {
    screen.err(`Cannot save ${file}: ${actor} output ${output} gives ${type}; only VideoFrame can be saved`);
    return 1;
  }
  connection.ask({ ask: "frame", actor, output });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    connection.close();
  }, FRAME_MS);
  try {
    const answer = await connection.next();
    if (answer.type !== "frame") throw new ConnectionError(`${actor} has ended`);
    const { frame } = answer;
    const payload = await connection.payload(frame);
    const format = frame.format as VideoFormat;
    const { encodePng } = await import("@streamlib/video");
    writeFileSync(file, await encodePng({ data: payload, format }, { level: PNG_LEVEL }));
    const said = `${file}: ${format.width}x${format.height}, from ${format.pixelFormat}, ${itemLine(frame, true)}`;
    screen.out(isJson ? JSON.stringify(frame) : said);
    return 0;
  } catch (thrown) {
    const why = isLate ? `${actor} output ${output} gave no frame within ${FRAME_MS / 1000} s` : messageOf(thrown);
    screen.err(`Cannot save ${file}: ${why}`);
    return 1;
  } finally {
    clearTimeout(timer);
  }
}
