import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { isStreamError, StreamError } from "../errors.ts";
import { optionsFrom, type OptionsSchema } from "../options.ts";
import { stopAll } from "../registry/local_registry.ts";
import { ManualClock } from "../time/virtual_clock.ts";
import {
  counting,
  FilterActor,
  FiniteActor,
  gate,
  MixActor,
  put,
  SourceActor,
  until,
  valueOf,
} from "../testdata/actors.ts";
import { tap } from "../port/tap.ts";
import { Actor } from "./actor.ts";
import { catalogue, describeActor, findActor } from "./catalogue.ts";
import { type Body, type BodyPlan, type Dispatcher, EventLoopDispatcher } from "./dispatcher.ts";
import { registerActor } from "./register_actor.ts";
import type { ActorSpec } from "./spec.ts";
import type { ActorState } from "./state.ts";

const timeout = 30_000;
const turn = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

afterEach(() => stopAll());

interface LevelTypes {
  options: { level?: number; name: string };
}

const levelSchema: OptionsSchema<Required<LevelTypes["options"]>> = {
  validate(given) {
    const { level: gain = 1, name, ...rest } = given as Record<string, unknown>;
    const issues = Object.keys(rest).map((path) => ({ path, message: "there is no such option" }));
    if (typeof gain !== "number" || gain < 0 || gain > 5) issues.push({ path: "level", message: "0 to 5 are right" });
    if (typeof name !== "string") issues.push({ path: "name", message: "a text is needed" });
    return issues.length > 0 ? { issues } : { value: { level: gain as number, name: name as string } };
  },
  toJSONSchema: () => ({ type: "object", properties: { level: { type: "number", minimum: 0, maximum: 5 } } }),
};

const level = { made: 0 };

@registerActor({ name: "TestLevel", module: import.meta.url })
class LevelActor extends Actor<LevelTypes> {
  static readonly spec: ActorSpec<LevelTypes> = { description: "Has options", options: levelSchema, rate: 30 };

  constructor(options: LevelTypes["options"] & { id?: string }) {
    super(options);
    level.made++;
  }

  override process(): void {}
}

const bare = { made: 0, throwFrom: Infinity };

@registerActor({ name: "TestBare", module: import.meta.url })
class BareActor extends Actor<Record<never, never>> {
  static readonly spec: ActorSpec<Record<never, never>> = { description: "Has nothing" };

  constructor(options: { id?: string } = {}) {
    super(options);
    if (++bare.made >= bare.throwFrom) throw new Error("no body today");
  }

  override process(): void {}
}

/** Every state an actor goes through, from the first event on. */
function statesOf(actor: { on: SourceActor["on"] }): ActorState[] {
  const states: ActorState[] = [];
  actor.on("state", ({ to }) => void states.push(to));
  return states;
}

/** What is written to standard error while `run` runs. */
async function errorsDuring(run: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const { error } = console;
  console.error = (...given: unknown[]) => void lines.push(given.join(" "));
  try {
    await run();
  } finally {
    console.error = error;
  }
  return lines;
}

describe("an actor's life", () => {
  it("begins by itself, but not before the constructor has returned", { timeout }, async () => {
    const calls: string[] = [];
    const actor = new SourceActor({
      onStart: () => void calls.push("start"),
      process: () => void calls.push("process"),
    });
    const states = statesOf(actor);
    assert.equal(actor.state, "starting");
    assert.equal(calls.length, 0);
    await actor.ready;
    await until(() => calls.includes("process"), "it ticks");
    assert.equal(calls[0], "start");
    assert.equal(calls.filter((call) => call === "start").length, 1);
    await actor.stop();
    await actor.ended;
    assert.deepEqual(states, ["running", "stopped"]);
    const count = calls.length;
    await turn(40);
    assert.equal(calls.length, count, "it ticks no more");
  });

  it("has a body of its own, another object than the handle", { timeout }, async () => {
    let body: SourceActor | undefined;
    const actor = new SourceActor({ onStart: (self) => void (body = self) });
    await actor.ready;
    assert.notEqual(body, actor);
    assert.equal(body!.outputs.video, actor.outputs.video);
    assert.equal(body!.id, actor.id);
    assert.match(actor.uri, /^actor:\/\/local\/TestScript\/testscript-\d+$/);
  });

  it("ends by `await using`", { timeout }, async () => {
    let seen: SourceActor;
    {
      await using actor = new SourceActor({});
      await actor.ready;
      seen = actor;
    }
    assert.equal(seen.state, "stopped");
  });

  it("can be stopped twice, at once and during onStart(), and closes what it opened", { timeout }, async () => {
    const calls: string[] = [];
    const log = {
      onStart: async () => {
        calls.push("start");
        await turn(10);
        calls.push("started");
      },
      process: () => void calls.push("process"),
      onStop: () => void calls.push("stop"),
    };
    const never = new SourceActor(log);
    await Promise.all([never.stop(), never.stop()]);
    assert.deepEqual(calls.splice(0), []);
    assert.equal(never.state, "stopped");
    const actor = new SourceActor(log);
    await until(() => calls.includes("start"), "it starts");
    await Promise.all([actor.stop(), actor.stop()]);
    await actor.stop();
    await actor.ready;
    assert.deepEqual(calls, ["start", "started", "stop"]);
  });

  it("does not start a body that was placed after stop()", { timeout }, async () => {
    const [placing, calls] = [gate(), [] as string[]];
    class SlowDispatcher implements Dispatcher {
      readonly kind = "slow";
      async place(plan: BodyPlan): Promise<Body> {
        await placing.promise;
        return plan.build();
      }
    }
    const actor = new SourceActor({ dispatcher: new SlowDispatcher(), onStart: () => void calls.push("start") });
    await turn(5);
    await actor.stop();
    placing.open();
    await turn(5);
    assert.deepEqual(calls, []);
    assert.equal(new EventLoopDispatcher().kind, "event-loop");
  });

  it("holds the first item of a finite source until somebody is linked", { timeout }, async () => {
    const source = new FiniteActor({ count: 3 });
    await source.ready;
    await turn(60);
    assert.equal(source.stats.outputs.video.committed, 0);
    assert.equal(await source.made(), 0, "controls are answered meanwhile");
    const seen: number[] = [];
    tap(source.outputs.video, (frame) => seen.push(valueOf(frame)));
    await source.ended;
    assert.deepEqual(seen, [1, 2, 3]);
    assert.equal(source.state, "stopped");
    const free = new FiniteActor({ count: 3, freeRun: true });
    await free.ended;
    assert.equal(free.stats.outputs.video.committed, 3);
    await new FiniteActor({}).stop();
  });

  it("ends when its inputs have finished, and hands the end on", { timeout }, async () => {
    const clock = new ManualClock(60);
    const [a, b] = [new FiniteActor({ clock, count: 2 }), new FiniteActor({ clock, count: 4 })];
    const mix = new MixActor({
      process: (body) => void [body.inputs.first, body.inputs.second].map((port) => port.readLatest()),
    });
    const filter = new FilterActor({});
    a.outputs.video.pipe(mix.inputs.first);
    b.outputs.video.pipe(mix.inputs.second);
    a.outputs.video.pipe(filter.inputs.video);
    await Promise.all([a.ready, b.ready, mix.ready, filter.ready]);
    await clock.advance(3);
    assert.deepEqual([a.state, filter.state, mix.state], ["stopped", "stopped", "running"]);
    await clock.advance(3);
    assert.deepEqual([b.state, mix.state], ["stopped", "stopped"]);
  });

  it("outlives a source that was stopped, and reads its last item, older and older", { timeout }, async () => {
    const source = new SourceActor({});
    const ages: number[] = [];
    const sink = new FilterActor({ process: (body) => void ages.push(body.inputs.video.readLatest()!.ageNs) });
    await Promise.all([source.ready, sink.ready]);
    source.pipe(sink);
    put(source.outputs.video, 1);
    await until(() => ages.length === 1, "it was read");
    await source.stop();
    await until(() => ages.length >= 3, "it freewheels");
    assert.equal(sink.state, "running");
    assert.ok(ages[2] > ages[1] && ages[1] > ages[0]);
  });
});

describe("a failing actor", () => {
  it("fails alone and once, wherever it throws, and the others go on", { timeout }, async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    const other = new SourceActor(counting());
    const boom = (): never => {
      throw new RangeError("boom");
    };
    const stopAndFail = (body: SourceActor, first?: unknown): Promise<never> | never => {
      void body.stop();
      return first instanceof Promise ? first.then(boom) : boom();
    };
    let calls = 0;
    const cases: [string, ConstructorParameters<typeof SourceActor>[0]][] = [
      ["onStart", { onStart: boom }],
      ["async onStart", { onStart: () => turn().then(boom) }],
      ["process", { process: boom }],
      ["5th process", { process: () => void (++calls === 5 && boom()) }],
      ["async process", { process: () => turn().then(boom) }],
      ["process after tickAt()", {
        process: (body) => {
          body.setRate(30);
          boom();
        },
      }],
      ["process after stop()", { process: stopAndFail }],
      ["async process after stop()", { process: (body) => stopAndFail(body, turn(3)) }],
      ["async process after finish()", {
        process: (body) => {
          body.end();
          return turn(3).then(boom);
        },
      }],
      ["onStart after stop()", { onStart: (body) => stopAndFail(body) }],
      ["async onStart after stop()", { onStart: (body) => stopAndFail(body, turn(3)) }],
    ];
    for (const [where, options] of cases) {
      const actor = new SourceActor({ id: "bad", ...options });
      const states = statesOf(actor);
      await assert.rejects(actor.ended, (thrown: Error) => {
        assert.ok(isStreamError(thrown));
        assert.equal(thrown.code, "actor-failed");
        assert.equal(thrown.message, 'TestScript "bad" failed: boom', where);
        assert.ok((thrown as Error).cause instanceof RangeError);
        return true;
      });
      assert.deepEqual(states.at(-1), "failed", where);
      assert.equal(states.filter((state) => state === "failed").length, 1);
      assert.equal(actor.error?.message, 'TestScript "bad" failed: boom');
      if (where.includes("onStart")) await assert.rejects(actor.ready, /boom/);
      else await actor.ready;
    }
    const stopping = new SourceActor({ id: "bad", onStop: boom });
    await stopping.ready;
    await stopping.stop();
    await assert.rejects(stopping.ended, /^StreamError: TestScript "bad" failed: boom$/);
    const before = other.stats.ticks;
    await until(() => other.stats.ticks > before + 2, "the other goes on");
    await turn(5);
    process.off("unhandledRejection", onUnhandled);
    assert.deepEqual(unhandled, []);
  });

  it("fails also by an item's call that was in progress when it was stopped", { timeout }, async () => {
    const clock = new ManualClock(60);
    const source = new SourceActor({ ...counting(), clock });
    const pass = gate();
    let isWorking = false;
    const sink = new FilterActor({
      id: "sink",
      process: async () => {
        isWorking = true;
        await pass.promise;
        throw new Error("boom");
      },
    });
    source.pipe(sink);
    await Promise.all([source.ready, sink.ready]);
    const advancing = clock.advance(1);
    await until(() => isWorking, "it works");
    const stopped = sink.stop();
    pass.open();
    await Promise.all([stopped, advancing]);
    await assert.rejects(sink.ended, /^StreamError: TestFilter "sink" failed: boom$/);
  });

  it("prints what else goes wrong, also after its end, but nothing twice", { timeout }, async () => {
    const fail = (message: string) => (): never => {
      throw new Error(message);
    };
    const end = async (script: ConstructorParameters<typeof SourceActor>[0]): Promise<void> => {
      const actor = new SourceActor({ id: "bad", ...script });
      await assert.rejects(actor.ended, /failed: boom$/);
    };
    assert.deepEqual(await errorsDuring(() => end({ process: fail("boom"), onStop: fail("bang") })), [
      'streamlib: TestScript "bad" failed again while ending: bang',
    ]);
    assert.deepEqual(await errorsDuring(() => end({ process: fail("boom"), onStop: fail("boom") })), []);
    const placing = gate();
    const dispatcher: Dispatcher = { kind: "lost", place: () => placing.promise.then(fail("no place")) };
    const lines = await errorsDuring(async () => {
      const actor = new SourceActor({ id: "lost", dispatcher });
      await turn(5);
      await actor.stop();
      placing.open();
      await turn(5);
      assert.equal(actor.state, "stopped");
    });
    assert.deepEqual(lines, ['streamlib: TestScript "lost" failed after its end: no place']);
  });

  it("closes what it opened, and its readers see data grow old", { timeout }, async () => {
    const calls: string[] = [];
    const actor = new SourceActor({
      process: (body) => {
        put(body.outputs.video, 1);
        throw new Error("boom");
      },
      onStop: () => void calls.push("stop"),
    });
    const sink = new FilterActor({});
    actor.pipe(sink);
    await assert.rejects(actor.ended, /boom/);
    assert.deepEqual(calls, ["stop"]);
    await until(() => sink.stats.ticks >= 2, "the reader goes on");
    assert.equal(sink.state, "running");
  });

  it("tells of a constructor that throws for the body", { timeout }, async () => {
    bare.throwFrom = bare.made + 2;
    const actor = new BareActor();
    await assert.rejects(actor.ready, /failed: no body today$/);
    bare.throwFrom = bare.made + 1;
    assert.throws(() => new BareActor({ id: "again" }), /no body today/);
    bare.throwFrom = Infinity;
    await new BareActor({ id: "again" }).ready;
  });

  it("is printed in one line unless somebody waits for its end or listens", { timeout }, async () => {
    const fail = async (use: (actor: SourceActor) => unknown): Promise<void> => {
      const actor = new SourceActor({
        id: "loud",
        process: () => {
          throw new Error("boom");
        },
      });
      await use(actor);
      await until(() => actor.state === "failed", "it failed");
      await turn();
    };
    const printed = ['streamlib: TestScript "loud" failed: boom'];
    assert.deepEqual(await errorsDuring(() => fail(() => {})), printed);
    assert.deepEqual(await errorsDuring(() => fail((actor) => actor.ready)), printed, "ready is not the end");
    assert.deepEqual(await errorsDuring(() => fail((actor) => void actor.ended.catch(() => {}))), []);
    assert.deepEqual(await errorsDuring(() => fail((actor) => actor.on("state", () => {}))), []);
  });

  it("is not made by a listener that throws", { timeout }, async () => {
    const actor = new SourceActor({});
    const states: ActorState[] = [];
    const lines = await errorsDuring(async () => {
      actor.on("state", () => {
        throw new Error("curious");
      });
      actor.on("state", ({ to }) => void states.push(to));
      await actor.ready;
      await actor.stop();
      await actor.ended;
    });
    assert.deepEqual(states, ["running", "stopped"]);
    assert.deepEqual(lines, Array(2).fill("streamlib: a listener of state failed: curious"));
  });

  it("is one whose call hangs: stop() waits for a bounded time and then says so", { timeout }, async () => {
    const actor = new SourceActor({ id: "stuck", process: () => new Promise(() => {}) });
    await until(() => actor.stats.ticks === 0 && actor.state === "running", "it hangs");
    await turn(30);
    await actor.stop();
    await assert.rejects(
      actor.ended,
      /^StreamError: TestScript "stuck" failed: Cannot stop TestScript "stuck": process\(\) did not return within 5000 ms$/,
    );
  });
});

describe("children", () => {
  it("end before their parent, the last first", { timeout }, async () => {
    const order: string[] = [];
    const parent = new SourceActor({
      onStart: (body) => {
        for (const id of ["c1", "c2", "c3"]) {
          body.child({
            id,
            onStop: async () => {
              await turn(3);
              order.push(id);
            },
          });
        }
      },
      onStop: () => void order.push("parent"),
    });
    await parent.ready;
    assert.deepEqual(parent.children, ["c1", "c2", "c3"].map((id) => `TestScript "${id}"`));
    await parent.stop();
    assert.deepEqual(order, ["c3", "c2", "c1", "parent"]);
    assert.deepEqual(parent.children, []);
  });

  it("end when the parent fails, and one that fails leaves the parent alone", { timeout }, async () => {
    let child: SourceActor | undefined;
    let calls = 0;
    const parent = new SourceActor({
      onStart: (body) => void (child = body.child({ id: "kid" })),
      process: () => {
        if (++calls === 3) throw new Error("boom");
      },
    });
    await assert.rejects(parent.ended, /boom/);
    assert.equal(child!.state, "stopped");
    const other = new SourceActor({
      onStart: (body) => {
        child = body.child({
          id: "kid",
          onStart: () => {
            throw new Error("kid");
          },
        });
        child.ended.catch(() => {});
      },
    });
    await other.ready;
    await until(() => child!.state === "failed", "the child failed");
    assert.equal(other.state, "running");
    assert.deepEqual(other.children, []);
  });

  it("are refused once their parent is ending: none is left behind", { timeout }, async () => {
    const [errors, stopping] = [[] as string[], gate()];
    const parent = new SourceActor({
      id: "parent",
      onStart: (body) => void body.child({ id: "first", onStop: () => stopping.promise }),
      process: (body) => {
        try {
          if (parent.isEnding) body.child({ id: "late" });
        } catch (thrown) {
          errors.push((thrown as StreamError).message);
        }
      },
    });
    await parent.ready;
    const stopped = parent.stop();
    await until(() => errors.length > 0, "it tried");
    stopping.open();
    await stopped;
    assert.equal(errors[0], 'Cannot spawn a child of TestScript "parent": it is ending or has ended');
    await stopAll();
  });
});

describe("options", () => {
  it("are completed for handle and body, and frozen", { timeout }, () => {
    const actor = new LevelActor({ name: "a" });
    assert.deepEqual(actor.options, { level: 1, name: "a" });
    assert.ok(Object.isFrozen(actor.options));
    assert.equal(actor.clock?.rate.num, 30);
  });

  it("that are wrong give one error naming actor, option, value and range", () => {
    throwsCode(
      () => new LevelActor({ id: "l", name: 5, level: 9, lvel: 2 } as never),
      "option-invalid",
      /^Cannot make TestLevel "l": option lvel = 2: there is no such option; option level = 9: 0 to 5 are right; option name = 5: a text is needed$/,
    );
    throwsCode(
      () => new LevelActor({ id: "l" } as never),
      "option-invalid",
      /^Cannot make TestLevel "l": option name: a text is needed$/,
    );
    throwsCode(
      () => new BareActor({ id: "b", speed: 1 } as never),
      "option-invalid",
      /^Cannot make TestBare "b": option speed = 1: this actor has no such option$/,
    );
    throwsCode(
      () => new LevelActor({ id: "no spaces", name: "a" }),
      "option-invalid",
      /^Cannot make TestLevel: option id = "no spaces": letters, digits, "\.", "_" and "-" are right$/,
    );
  });

  it("come from any Standard Schema", () => {
    const schema = optionsFrom<{ a: number }>({
      "~standard": {
        validate: (given) =>
          (given as { a: unknown }).a === 1
            ? { value: { a: 1 } }
            : { issues: [{ message: "must be 1", path: ["deep", { key: "a" }] }, { message: "bad" }] },
        jsonSchema: { input: ({ target }) => ({ $schema: target }) },
      },
    });
    assert.deepEqual(schema.validate({ a: 1 }), { value: { a: 1 } });
    assert.deepEqual(schema.validate({ a: 2 }), {
      issues: [{ path: "deep.a", message: "must be 1" }, { path: "", message: "bad" }],
    });
    assert.deepEqual(schema.toJSONSchema(), { $schema: "draft-2020-12" });
    const late = optionsFrom({
      "~standard": { validate: () => Promise.resolve({}), jsonSchema: { input: () => ({}) } },
    });
    assert.throws(() => late.validate({}), /Cannot use an asynchronous schema for options/);
  });
});

describe("registered classes", () => {
  it("alone can be made", () => {
    class Unregistered extends Actor<Record<never, never>> {
      override process(): void {}
    }
    class Derived extends BareActor {}
    const remedy = "put @registerActor\\(\\{ name, module: import\\.meta\\.url \\}\\) on the class$";
    throwsCode(() => new Unregistered(), "actor-not-registered", new RegExp(`^Cannot make a Unregistered: ${remedy}`));
    throwsCode(() => new Derived(), "actor-not-registered", new RegExp(`^Cannot make a Derived: ${remedy}`));
  });

  it("can be spawned by the name they have within themselves", { timeout }, async () => {
    const kids: Actor[] = [];
    @registerActor({ name: "TestTree", module: import.meta.url })
    class TreeActor extends Actor<{ options: { depth: number } }> {
      static readonly spec: ActorSpec<{ options: { depth: number } }> = {
        description: "Spawns its own kind",
        options: {
          validate: (given) => ({ value: given as { depth: number } }),
          toJSONSchema: () => ({ type: "object" }),
        },
      };

      static plant(depth: number): TreeActor {
        return new this({ depth });
      }

      override onStart(): void {
        if (this.options.depth > 0) kids.push(this.spawn(TreeActor, { depth: this.options.depth - 1 }));
      }

      override process(): void {}
    }
    const root = TreeActor.plant(2);
    await root.ready;
    await until(() => kids.length === 2 && kids.every((kid) => kid.state === "running"), "its kids run");
    assert.ok(kids.every((kid) => kid instanceof TreeActor && kid.constructor === TreeActor));
    assert.deepEqual(root.children, [kids[0].label]);
    await root.stop();
    assert.deepEqual(kids.map((kid) => kid.state), ["stopped", "stopped"]);
  });

  it("cannot be made without their decorator: the error says what to do", () => {
    const Undecorated = Object.getPrototypeOf(SourceActor) as typeof SourceActor;
    throwsCode(
      () => new Undecorated({}),
      "actor-not-registered",
      new RegExp(
        "^Cannot make a SourceActor: within the class its name means the class without @registerActor; " +
          "use this\\.spawn\\(SourceActor, options\\), or a function beside the class that makes one$",
      ),
    );
  });

  it("may be derived from one another, each with a life of its own", { timeout }, async () => {
    const calls: string[] = [];
    @registerActor({ name: "TestDerived", module: import.meta.url })
    class DerivedActor extends BareActor {
      override onStart(): void {
        calls.push("start");
      }
    }
    const actor = new DerivedActor();
    assert.ok(actor instanceof BareActor && actor.constructor.name === "DerivedActor");
    assert.equal(actor.label, `TestDerived "${actor.id}"`);
    await actor.ready;
    assert.deepEqual(calls, ["start"]);
  });

  it("have names of letters and digits, and are known by them from one module only", () => {
    for (const name of ["", "1a", "a-b", "a b", "ä"]) {
      throwsCode(
        () => registerActor({ name, module: "file:///m.ts" }),
        "option-invalid",
        /^Cannot register actor ".*" of file:\/\/\/m\.ts: a name is a letter, then letters and digits$/,
      );
    }
    throwsCode(
      () => {
        @registerActor({ name: "TestBare", module: "file:///other.ts" })
        class Other extends Actor<Record<never, never>> {
          static readonly spec: ActorSpec<Record<never, never>> = { description: "" };
          override process(): void {}
        }
        return Other;
      },
      "catalogue-clash",
      /^Cannot register actor TestBare of file:\/\/\/other\.ts: .*actor_test\.ts has registered that name; import only one of the two, or rename one$/,
    );
    assert.equal(findActor("TestBare").actorClass, BareActor as unknown);
    throwsCode(
      () => findActor("Nowhere"),
      "catalogue-unknown",
      /^Cannot find actor Nowhere: registered are .*TestBare.*; import/,
    );
  });

  it("need a spec", () => {
    assert.throws(() => {
      @registerActor({ name: "TestNoSpec", module: import.meta.url })
      class NoSpec extends Actor<Record<never, never>> {
        override process(): void {}
      }
      return NoSpec;
    }, /Cannot register actor TestNoSpec of .*: the class needs a static readonly spec/);
    assert.ok(!catalogue().some(({ name }) => name === "TestNoSpec"), "a class without a spec leaves no trace");
  });

  it("are explained without an instance", () => {
    const made = level.made;
    assert.deepEqual(describeActor("TestMix"), {
      name: "TestMix",
      module: findActor("TestMix").module,
      description: "A mixer for tests",
      inputs: [
        { name: "first", type: "VideoFrame", description: "Sets the beat", delivery: "latest" },
        { name: "second", type: "VideoFrame", description: "", delivery: "latest" },
        { name: "layer.*", max: 3, type: "VideoFrame", description: "", delivery: "latest" },
        { name: "keys", type: "KeyEvent", description: "", delivery: "ordered", depth: 64 },
      ],
      outputs: [{ name: "video", type: "VideoFrame", description: "The mix", slots: 4 }],
      controls: [],
      options: { type: "object" },
      finite: false,
    });
    assert.deepEqual(describeActor("TestFilter").controls, ["setGain"]);
    assert.equal(describeActor("TestLevel").rate, 30);
    assert.equal(describeActor("TestFinite").finite, true);
    assert.equal(level.made, made);
    JSON.stringify(describeActor("TestLevel"));
  });
});

describe("controls", () => {
  it("run on the body between two calls of process(), in order", { timeout }, async () => {
    const order: string[] = [];
    const clock = new ManualClock(60);
    const pass = gate();
    const filter = new FilterActor({
      clock,
      process: async () => {
        order.push("begin");
        await pass.promise;
        order.push("end");
      },
    });
    await filter.ready;
    const advancing = clock.advance(1);
    await until(() => order.length === 1, "it works");
    const first = filter.setGain({ gain: 3 }).then((before) => order.push(`was ${before}`));
    const second = filter.sendControlMessage({ action: "setGain", gain: 4 }).then((before) =>
      order.push(`was ${before}`)
    );
    await turn(3);
    assert.deepEqual(order, ["begin"]);
    pass.open();
    await Promise.all([first, second, advancing]);
    assert.deepEqual(order, ["begin", "end", "was 1", "was 3"]);
  });

  it("reject with what they throw, and the actor goes on", { timeout }, async () => {
    const filter = new FilterActor({ id: "f" });
    await assert.rejects(filter.setGain({ gain: -1 }), /^RangeError: Cannot use a negative gain$/);
    assert.equal(filter.state, "running");
    await assert.rejects(
      filter.sendControlMessage({ action: "process" }),
      /^StreamError: Cannot call process of TestFilter "f": its controls are setGain$/,
    );
    await assert.rejects(filter.sendControlMessage({ action: "constructor" }), { code: "control-unknown" });
    await filter.stop();
    await assert.rejects(
      filter.setGain({ gain: 1 }),
      /^StreamError: Cannot call setGain of TestFilter "f": it is stopped$/,
    );
  });

  it("that wait when the actor stops are refused with a code", { timeout }, async () => {
    const clock = new ManualClock(60);
    const pass = gate();
    let isWorking = false;
    const filter = new FilterActor({
      clock,
      process: async () => {
        isWorking = true;
        await pass.promise;
      },
    });
    await filter.ready;
    const advancing = clock.advance(1);
    await until(() => isWorking, "it works");
    const call = assert.rejects(filter.setGain({ gain: 1 }), { code: "actor-stopped" });
    await turn();
    const stopped = filter.stop();
    pass.open();
    await Promise.all([call, stopped, advancing]);
  });
});
