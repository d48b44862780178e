/**
 * Whether what a process that is not trusted says is something that a place says.
 *
 * @module
 */
import type { FromPlace } from "@streamlib/core/place";

/** Throws unless a value is right. */
type Check = (value: unknown) => void;

/** Of traces: as many as core keeps and sends at most (`core/profile/trace.ts`). */
const CALLS_MAX = 1000;
const FRAMES_MAX = 16;
const SPANS_MAX = 256;
const SPAN_CHARACTERS_MAX = 200;
const TEXT_CHARACTERS_MAX = 1000;

class Malformed extends Error {}

function fail(): never {
  throw new Malformed("a field is missing, of a wrong kind or out of range");
}

const anything: Check = () => {};
const integer: Check = (value) => void (Number.isSafeInteger(value) && value as number >= 0 || fail());
const numeric: Check = (value) => void (typeof value === "number" || fail());
const duration: Check = (value) => void (Number.isFinite(value) && value as number >= 0 || fail());
const finite: Check = (value) => void (Number.isFinite(value) || fail());
/** Signed, of 64 bits. */
const instant: Check = (value) => void (typeof value === "bigint" && BigInt.asIntN(64, value) === value || fail());
const wide: Check = (value) => void (typeof value === "bigint" || fail());
const logical: Check = (value) => void (typeof value === "boolean" || fail());
const words: Check = (value) => void (typeof value === "string" || fail());
const code: Check = (value) => void (typeof value === "string" && /^[a-z_-]{1,40}$/.test(value) || fail());
const key: Check = (value) => void (typeof value === "string" && /^[0-9a-f]{32}$/.test(value) || fail());

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

function list(check: Check, itemsMax: number = Infinity): Check {
  return (value) => Array.isArray(value) && value.length <= itemsMax ? value.forEach((item) => check(item)) : fail();
}

function text(charactersMax: number): Check {
  return (value) => void (typeof value === "string" && value.length <= charactersMax || fail());
}

function record(check: Check): Check {
  return (value) => Object.values(plain(value)).forEach(check);
}

function fields(checks: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(checks);
  return (value) => {
    const object = plain(value);
    for (const [name, check] of entries) check(Object.hasOwn(object, name) ? object[name] : undefined);
  };
}

function plain(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) fail();
  return value as Record<string, unknown>;
}

const error: Check = (value) =>
  fields({ name: words, message: words, stack: optional(words), code: optional(code), cause: optional(error) })(value);
const positive: Check = (value) => void (Number.isSafeInteger(value) && value as number > 0 || fail());
const rate = fields({ num: positive, den: positive });
const tick = fields({
  timestampNs: wide,
  frameNumber: integer,
  taiFrame: wide,
  clockId: words,
  latenessNs: numeric,
  missed: integer,
  freewheel: logical,
  discontinuity: logical,
});
const committed = list((value) => {
  list(integer)(value);
  if ((value as unknown[]).length !== 2) fail();
});
const stats = fields({
  stats: fields({
    ticks: integer,
    missedTicks: integer,
    freewheelTicks: integer,
    processMs: numeric,
    counters: record(numeric),
    inputs: record(plain),
    outputs: record(plain),
  }),
  children: list(words),
  lastTick: optional(tick),
  pending: record(fields({ unread: integer, isFinished: logical })),
  formats: record(plain),
});

/** What every message must be. */
const CHECKS: Readonly<Record<FromPlace["type"], Check>> = {
  hello: fields({ error: optional(error) }),
  opened: fields({ actor: integer }),
  running: fields({ actor: integer }),
  stopping: fields({ actor: integer }),
  ended: fields({ actor: integer, reason: integer, error: optional(error), committed }),
  stats: fields({ actor: integer, stats }),
  snapshot: fields({ actor: integer, state: anything }),
  rate: fields({ actor: integer, rate }),
  done: fields({ call: integer, value: anything, error: optional(error) }),
  ring: fields({
    link: integer,
    news: fields({
      origin: integer,
      ring: fields({ address: fields({ pid: integer, fd: integer, key }) }),
      config: fields({
        slotCount: positive,
        readerMax: positive,
        payloadBytes: integer,
        metadataBytes: integer,
        generation: integer,
        descriptor: words,
      }),
      format: plain,
      sequenceBase: integer,
      after: integer,
    }),
  }),
  got: fields({ link: integer }),
  over: fields({ link: integer, reason: integer }),
  fault: fields({ link: integer, error }),
  next: fields({ clock: integer, rate, ticket: integer, previous: optional(tick) }),
  leave: fields({ ticket: integer }),
  quiet: fields({ report: fields({ domain: integer, received: integer, joins: integer, committed, seen: committed }) }),
  bell: fields({ bell: fields({ address: fields({ pid: integer, fd: integer, key }) }) }),
  profile: fields({ rows: list(fields({ place: words, actor: words, span: words, durations: plain })) }),
  // Also while nobody traces any more: the last one crosses home's word that it is over. The actor may be one that the
  // text has made itself, whose label home does not know; home puts the name of the sandbox before its place.
  traced: fields({
    calls: list(
      fields({
        place: text(TEXT_CHARACTERS_MAX),
        actor: text(TEXT_CHARACTERS_MAX),
        span: text(SPAN_CHARACTERS_MAX),
        startNs: instant,
        durationNs: duration,
        // TAI may step back after the beat.
        latenessNs: finite,
        error: optional(text(TEXT_CHARACTERS_MAX)),
        frames: list(
          fields({
            instantNs: instant,
            timestampNs: instant,
            frameNumber: integer,
            taiFrame: instant,
            isCommitted: logical,
          }),
          FRAMES_MAX,
        ),
        spans: list(fields({ span: text(SPAN_CHARACTERS_MAX), atNs: duration, durationNs: duration }), SPANS_MAX),
        omitted: integer,
      }),
      CALLS_MAX,
    ),
  }),
};

/**
 * The message of a place in a process.
 *
 * @param pid The process: it may name memory of its own alone.
 * @param outputs Names of the actor's outputs.
 * @throws {Error} If no place would say that.
 */
export function checkMessage(value: unknown, pid: number, outputs: ReadonlySet<string>): FromPlace {
  const { type } = plain(value);
  if (typeof type !== "string" || !Object.hasOwn(CHECKS, type)) throw new Malformed("it is of no known type");
  CHECKS[type as FromPlace["type"]](value);
  const message = value as FromPlace;
  const reference = message.type === "ring" ? message.news.ring : message.type === "bell" ? message.bell : undefined;
  if (reference && "address" in reference && reference.address.pid !== pid) {
    throw new Malformed("it names memory of another process");
  }
  if (message.type === "stats" && Object.keys(message.stats.formats).some((name) => !outputs.has(name))) {
    throw new Malformed("it names an output that the actor does not have");
  }
  return message;
}
