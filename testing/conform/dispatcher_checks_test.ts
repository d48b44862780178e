import { type Body, type BodyPlan, EventLoopDispatcher, stopAll } from "@streamlib/core";
import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import type { DispatcherConformance } from "./conformance.ts";
import { dispatcherChecks } from "./dispatcher_checks.ts";
import { mustCatch, mustPass, type Mutant } from "./testdata/mutants.ts";

const timeout = 120_000;
const opened: number[] = [];

/** What becomes of a body in a broken place. */
type Change = (body: Body, plan: BodyPlan) => Partial<Body>;

class BrokenDispatcher extends EventLoopDispatcher {
  readonly #change: Change;

  constructor(change: Change) {
    super();
    this.#change = change;
  }

  override async place(plan: BodyPlan): Promise<Body> {
    const body = await super.place(plan);
    const whole: Body = {
      onStart: () => body.onStart?.(),
      process: (tick) => body.process(tick),
      onStop: () => body.onStop?.(),
      control: (action, argument) => body.control(action, argument),
    };
    return { ...whole, ...this.#change(whole, plan) };
  }
}

function mutant(change: Change, says: RegExp, more: object = {}): Mutant<DispatcherConformance> {
  return { subject: { make: () => Object.assign(new BrokenDispatcher(change), more) }, says };
}

/** One whose controls give other answers; `action` is the one that is changed. */
function answering(
  action: string,
  change: (ask: () => unknown) => unknown,
): Change {
  return (body) => ({
    control: (name, argument) => {
      const ask = (): unknown => body.control(name, argument);
      return name === action ? change(ask) : ask();
    },
  });
}

/** One that says it is elsewhere, and leaves and hangs as `answers` say. */
function pretending(answers: Readonly<Record<string, () => unknown>>): Change {
  return (body) => ({
    control: (name, argument) => {
      if (name === "where") return { pid: 0, threadId: 0 };
      return answers[name] ? answers[name]() : body.control(name, argument);
    },
  });
}

const deaf: Change = () => ({ process: () => {} });
const refuse = (): never => {
  throw new Error("no place is left");
};

let seenAgain = 0;
let shared: Body | undefined;
let hasLeft = false;

const mutants: Readonly<Record<string, Mutant<DispatcherConformance>>> = {
  "dispatcher-kind": mutant(() => ({}), /kind is "Event Loop"/, { kind: "Event Loop" }),
  "dispatcher-life": mutant(() => ({ onStop: () => {} }), /onStart ran 1 times, onStop 0 times; once is right/),
  "dispatcher-options": mutant(
    answering("say", async (ask) => ({ ...await ask() as object, tag: "other" })),
    /option tag is "other" there/,
  ),
  "dispatcher-controls": mutant(
    answering("say", async (ask) => ({ ...await ask() as object, value: 7 })),
    /they answer 7\/1,/,
  ),
  "dispatcher-control-errors": mutant(answering("refuse", () => "fine"), /there was no error/),
  "dispatcher-links": mutant(deaf, /frame 20 did not come/),
  "dispatcher-links-within": mutant(deaf, /frame 20 did not come/),
  "dispatcher-stamps": mutant(
    answering("seen", async (ask) => {
      const { values } = await ask() as { values: number[] };
      return { values, instants: values.map(() => 0n) };
    }),
    /\d+ of \d+ frames have other instants/,
  ),
  "dispatcher-relink": mutant(
    answering("seen", () => ({ values: Array.from({ length: ++seenAgain }, () => 1), instants: [] })),
    /1 frames came after the link was cut/,
  ),
  "dispatcher-new-format": mutant((body) => {
    let frames = 0;
    return { process: (tick) => ++frames > 20 ? refuse() : body.process(tick) };
  }, /no place is left|it has ended|it is failed/),
  "dispatcher-counters": mutant(deaf, /frame 20 did not come/),
  "dispatcher-failure": mutant((body) => ({
    process: async (tick) => {
      try {
        await body.process(tick);
      } catch {
        // As a place that hides what is wrong.
      }
    },
  }), /the failure did not come/),
  "dispatcher-start-failure": mutant((body) => ({
    onStart: async () => {
      await Promise.resolve(body.onStart?.()).catch(() => {});
    },
  }), /there was no error/),
  "dispatcher-many": mutant((body) => shared ??= body, /they answer 0\/1,0\/2/),
  "dispatcher-restart": mutant(
    (() => {
      const placed = new Set<string>();
      return (_body: Body, { label }: BodyPlan) => placed.size === placed.add(label).size ? refuse() : {};
    })(),
    /it is failed \(.*\); running is right/,
  ),
  "dispatcher-stop-bounded": mutant(() => ({ onStop: () => {} }), /it is stopped; failed is right/),
  "dispatcher-refuses": mutant(pretending({}), /there was no error/),
  "dispatcher-crash": mutant(pretending({ leave: () => "fine" }), /there was no error/),
  "dispatcher-replaces": mutant(
    (body, plan) => {
      if (hasLeft) refuse();
      const leave = (): never => {
        hasLeft = true;
        return refuse();
      };
      return pretending({ leave })(body, plan);
    },
    /no place is left/,
  ),
  "dispatcher-hang": mutant(pretending({ hang: () => "fine" }), /it is stopped; failed is right/),
  "dispatcher-close": mutant(() => ({}), /the failure did not come/, { close: () => Promise.resolve() }),
  "dispatcher-nothing-left": mutant(() => {
    opened.push(openSync("/dev/null", "r"));
    return {};
  }, /after 6 rounds \d+ descriptors are left open; none is right/),
};

describe("checks of dispatchers", () => {
  after(async () => {
    await stopAll();
    for (const descriptor of opened) closeSync(descriptor);
  });

  it("find nothing wrong with the event loop", { timeout }, async () => {
    const inapplicable = await mustPass(dispatcherChecks, { make: () => new EventLoopDispatcher() });
    const elsewhere = ["refuses", "crash", "replaces", "hang", "close"].map((name) => `dispatcher-${name}`);
    assert.deepEqual(inapplicable, elsewhere);
  });

  it("each catch a broken one, and say what is wrong", { timeout }, () => mustCatch(dispatcherChecks, mutants));
});
