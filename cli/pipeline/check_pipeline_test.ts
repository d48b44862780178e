import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { checkPipeline } from "./check_pipeline.ts";
import { reportOf } from "./problem.ts";
import { planJson, planText } from "./write_text.ts";
import "./testdata/pipeline_actors.ts";

async function check(text: string, options: Parameters<typeof checkPipeline>[1] = {}) {
  const isJson = /^\s*\{/.test(text);
  const { plan, problems } = await checkPipeline({ text, name: undefined, isJson }, options);
  return {
    json: plan && planJson(plan),
    problems: problems.map((problem) => {
      const { column, code, severity, message } = reportOf(text, problem);
      return `${column} ${severity === "warning" ? "warning " : ""}${code}: ${message}`;
    }),
  };
}

/** What is wrong; fails if the pipeline could be run. */
async function wrong(text: string, options: Parameters<typeof checkPipeline>[1] = {}): Promise<string[]> {
  const { json, problems } = await check(text, options);
  assert.equal(json, undefined, text);
  return problems;
}

describe("checkPipeline()", { timeout: 60_000 }, () => {
  it("links behind a buffer only what flows into it", async () => {
    const linksOf = async (text: string): Promise<unknown> => ((await check(text)).json as { links: unknown }).links;
    assert.deepEqual(await linksOf("test-pattern | buffer | file a.mp4"), [
      { from: "test-pattern.video", to: "buffer.video" },
      { from: "buffer.video", to: "file.video" },
    ]);
    assert.deepEqual(
      await linksOf("b: buffer | align | file a.mp4 ; test-pattern | b ; audio-generator | b"),
      [
        { from: "test-pattern.video", to: "b.video" },
        { from: "audio-generator.audio", to: "b.audio" },
        { from: "b.video", to: "align.video" },
        { from: "b.audio", to: "align.audio" },
        { from: "align.video", to: "file.video" },
        { from: "align.audio", to: "file.audio" },
      ],
      "also where that is said later",
    );
  });

  it("types options, resolves ports and places", async () => {
    const { json, problems } = await check(
      "@thread @clock=30; pipe-count a.mp4 fps=30000/1001 delay-ns=40ms KIND=STRIPED loud=yes layers.a.b=1 |" +
        " mix.layer1 ; m2: pipecount b @process=x @clock=60000/1001 ; m2.video | mix.base ;" +
        " mix: PipeMixActor layers.layer1.x=4 layers.layer1.name=5 @loop | pipe-sink @gpu='H 200' ; pipe-live @lockstep=25 | mix.layer",
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(json, {
      stages: {
        "pipe-count": {
          actor: "PipeCount",
          options: {
            path: "a.mp4",
            fps: { num: 30000, den: 1001 },
            delayNs: 40_000_000,
            kind: "striped",
            loud: true,
            layers: { a: { b: 1 } },
          },
          dispatcher: "thread",
          clock: 30,
        },
        m2: { actor: "PipeCount", options: { path: "b" }, dispatcher: "process=x", clock: "60000/1001" },
        mix: { actor: "PipeMix", options: { layers: { layer1: { x: 4, name: "5" } } }, dispatcher: "loop" },
        "pipe-sink": { actor: "PipeSink", dispatcher: "gpu=H 200" },
        "pipe-live": { actor: "PipeLive", dispatcher: "thread", clock: "lockstep=25" },
      },
      links: [
        { from: "pipe-count.video", to: "mix.layer.layer1" },
        { from: "m2.video", to: "mix.base" },
        { from: "mix.video", to: "pipe-sink.video" },
        { from: "pipe-live.video", to: "mix.layer.layer2" },
      ],
    });
  });

  it("a port in the middle of a chain counts for the side that has it", async () => {
    const { json, problems } = await check("pipe-live | pipe-mix.base | pipe-pass.video | pipe-sink");
    assert.deepEqual(problems, []);
    assert.equal(json!.links.length, 3);
    assert.match((await wrong("pipe-mix.base | pipe-sink"))[0], /port-unknown: pipe-mix has no output base/);
  });

  it("tells unknown actors, with the nearest", async () => {
    assert.match(
      (await wrong("bars | pipe-sink"))[0],
      /no actor bars: did you mean test-pattern \(Gives a test pattern/,
    );
    assert.match((await wrong("qqqq | pipe-sink"))[0], /no actor qqqq: streamlib inspect lists them; other packages/);
    const [message, ...rest] = await wrong("pipe-count a | pipe-snik");
    assert.deepEqual(rest, []);
    assert.match(
      message,
      /^16 catalogue-unknown: There is no actor pipe-snik: did you mean pipe-sink( or .*)?\? other/,
    );
  });

  it("thinks of a forgotten link where an actor's name stands for a value", async () => {
    const hint = "if the actor pipe-sink is meant, put | before it";
    assert.deepEqual(await wrong("pipe-count a pipe-sink"), [
      `14 option-invalid: path of PipeCount is given already: options are written name=value; ${hint}`,
    ]);
    const [quoted] = await wrong('pipe-count a "pipe-sink"');
    assert.doesNotMatch(quoted, /is meant/);
  });

  it("tells everything that is wrong with options at once", async () => {
    assert.deepEqual(
      await wrong("pipe-count cuont=1 kind=strpied count=5000 layers=3 a b | pipe-sink x | pipe-sink loud"),
      [
        "12 option-invalid: PipeCount has no option cuont: did you mean count?",
        '25 option-invalid: Option kind of PipeCount: "strpied" is none of plain, striped; did you mean striped?',
        "33 option-invalid: Option count of PipeCount: at most 1000 is right",
        '51 option-invalid: Option layers of PipeCount: "3" is no JSON: object is right, in { } or [ ]',
        "55 option-invalid: path of PipeCount is given already: options are written name=value",
        "69 option-invalid: PipeSink has no options",
        "73 link-none: Cannot link pipe-sink to pipe-sink-2: the one gives nothing; " +
        'begin a chain of its own with what flows into it: "; pipe-count.video | …"',
        "83 option-invalid: PipeSink has no options",
      ],
    );
    assert.deepEqual(await wrong("pipe-count | pipe-sink"), [
      "1 option-invalid: Option path of PipeCount is missing: where it would be",
    ]);
    const [loud, twice, inner, place] = await wrong(
      "pipe-count a loud | pipe-count a count=1 count=2 | pipe-mix layers.a.y=1 dispatcher=thread",
    ).then((all) => all.filter((one) => one.includes("option-invalid")));
    assert.match(loud, /loud is an option of PipeCount and needs a value: loud=…/);
    assert.match(twice, /Option count of PipeCount is there twice/);
    assert.match(inner, /PipeMix has no option layers\.a\.y: did you mean x\?/);
    assert.match(place, /PipeMix has no option dispatcher: @thread or @process says where it lives/);
  });

  it("tells links that cannot be", async () => {
    const cases: [string, RegExp][] = [
      ["pipe-live | pipe-live", /13 link-none: .*the one gives VideoFrame, pipe-live-2 has no inputs/],
      ["pipe-live | pipe-sink.vdieo", /13 port-unknown: pipe-sink has no input vdieo: did you mean video\?/],
      ["pipe-live.sound | pipe-sink", /1 port-unknown: pipe-live has no output sound: it has video/],
      [
        "a: pipe-live | s ; s: pipe-sink ; a | s",
        /39 link-taken: .*its input video is linked to a; an input takes one/,
      ],
      ["a: pipe-live | s.video ; s: pipe-sink ; a | s.video", /45 link-taken: .*linked to a already/],
      ["a: pipe-live | m ; m: pipe-mix ; a | m", /38 link-taken: .*write m\.layer for a further one/],
      [
        "pipe-pair | pipe-sink",
        /1 link-ambiguous: .*VideoFrame fits several ports; write pipe-pair\.left or pipe-pair\.right/,
      ],
      [
        "pipe-live | a: pipe-sink | pipe-sink",
        /28 link-none: .*gives nothing; begin a chain of its own with what flows into it: "; pipe-live\.video \| …"/,
      ],
      ["pipe-live | buffer.audio", /13 link-type: .*the one gives VideoFrame, wanted is AudioBuffer/],
      [
        "l: pipe-live | m.layer ; l | m.layer ; l | m.layer ; l | m.layer ; m: pipe-mix",
        /58 port-unknown: m has 3 inputs layer, the most/,
      ],
    ];
    for (const [text, message] of cases) assert.match((await wrong(text)).join("\n"), message, text);
  });

  it("tells circles without a buffer", async () => {
    const circle = "pipe-live | m ; m: pipe-mix | p ; p: pipe-pass ; p.video | m.layer";
    assert.deepEqual(await wrong(circle), ["60 cycle: This closes a circle, m | p | m: put a buffer into it"]);
    const { json } = await check(circle.replace("p.video | m.layer", "p.video | buffer | m.layer"));
    assert.equal(json!.links.length, 4);
    assert.match((await wrong("p: pipe-pass ; p | p"))[0], /cycle: This closes a circle, p \| p/);
  });

  it("tells placements that cannot be", async () => {
    const cases: [string, RegExp][] = [
      ["pipe-live @thred", /There is no @thred: did you mean @thread\?/],
      ["pipe-live @thread @process", /@thread stands here already/],
      ["pipe-live @clock=fast", /Cannot beat at "fast": a number or a fraction/],
      ["pipe-live @clock=0", /it must be a number > 0/],
      ["pipe-live @clock", /A rate is missing: @clock=60/],
      ["pipe-live @clock=60 @lockstep", /a clock already/],
      ["pipe-live @thread='a b'", /the name of a thread is right/],
      ["pipe-live @loop=x", /there is one event loop/],
      ["pipe-live @plugin=x", /@plugin=SPEC stands alone: before the first stage, or between two ;/],
      ["@plugni=x; pipe-live", /There is no @plugni: did you mean @plugin\?/],
      ["@nowhere; pipe-live", /There is no @nowhere: @loop, @thread/],
    ];
    for (const [text, message] of cases) assert.match((await wrong(text)).join("\n"), message, text);
  });

  it("fills variables in, and tells those that nothing uses", async () => {
    const { json, problems } = await check("pipe-count $FILE count=${N:-3} @clock=$FPS | pipe-sink", {
      set: { FILE: "a b.mp4", OTHER: "1" },
      environment: { FILE: "no", FPS: "25" },
    });
    assert.deepEqual(json!.stages["pipe-count"], {
      actor: "PipeCount",
      options: { path: "a b.mp4", count: 3 },
      clock: 25,
    });
    assert.deepEqual(problems, ["1 warning variable-unset: Nothing uses the variable OTHER that --set gives"]);
  });

  it("says nothing of options that were left out where a given one is wrong", async () => {
    assert.deepEqual(await wrong("test-pattern width=-2 | display"), [
      "14 option-invalid: Option width of TestPattern: Too small: expected number to be >=2",
    ]);
    const [level, ...others] = await wrong("audio-generator levelDbfs=5 | file x.mp4");
    assert.match(level, /^17 option-invalid: Option levelDbfs /);
    assert.deepEqual(others, []);
  });

  it("warns of what waits for ever", async () => {
    const { json, problems } = await check("pipe-count a ; pipe-sink");
    assert.ok(json);
    assert.deepEqual(problems, [
      "1 warning stage-unlinked: pipe-count begins when it is linked: add | and a stage behind it",
      "16 warning stage-unlinked: Nothing flows into pipe-sink: link a stage to its input video",
    ]);
    const live = await check("pipe-live");
    assert.deepEqual(live.problems, [
      "1 warning stage-unlinked: Nobody reads what pipe-live gives: add | and a stage behind it",
    ]);
  });

  it("tells a plugin that is missing", async () => {
    const [message] = await wrong("pipe-live | pipe-sink", { plugins: ["./nowhere/mod.ts"] });
    assert.match(message, /plugin-missing: Cannot import plugin \.\/nowhere\/mod\.ts: /);
  });

  it("imports our own packages by the names of their actors, and plugins", async () => {
    const { json } = await check("TestPattern gradient width=64 | mix ; mix: compositor | display");
    assert.equal(json!.stages.display.actor, "WebDisplay");
    assert.deepEqual(json!.stages["test-pattern"].options, { pattern: "gradient", width: 64 });
    const plugin = fileURLToPath(new URL("./testdata/other_plugin.ts", import.meta.url));
    const other = await check("pipe-other | display", { plugins: [plugin] });
    assert.equal(other.json?.stages["pipe-other"].actor, "PipeOther", other.problems.join("\n"));
  });
});

describe("checkPipeline() of JSON", { timeout: 60_000 }, () => {
  const good = {
    $schema: "https://example.org/pipeline.schema.json",
    stages: {
      a: { actor: "pipe-live", clock: "30000/1001", dispatcher: "thread=one" },
      m: { actor: "PipeMix", options: { layers: { layer1: { x: 1 } } } },
      s: { actor: "PipeSink" },
    },
    links: [{ from: "a.video", to: "m.base" }, { from: "a", to: "m.layer.logo" }, { from: "m", to: "s" }],
  };

  it("gives the plan that the text gives", async () => {
    const { json, problems } = await check(JSON.stringify(good));
    assert.deepEqual(problems, []);
    const text =
      "a: pipe-live @thread=one @clock=30000/1001 | m ; m: pipe-mix layers.layer1.x=1 ; a | m.layer.logo ; m | s: pipe-sink";
    const read = await check(text);
    assert.deepEqual(read.problems, []);
    assert.deepEqual(read.json, json);
    assert.deepEqual((await check(JSON.stringify(json))).json, json);
  });

  it("tells what is wrong and where", async () => {
    const cases: [string, RegExp][] = [
      ["{", /2 pipeline-syntax: A key in double quotes/],
      ['{"stages":{}} x', /1[0-9] pipeline-syntax: .*"stages".*\n15 pipeline-syntax: The JSON has ended before this/s],
      ['{"stgaes":{}}', /2 pipeline-syntax: "stgaes" means nothing in the pipeline: did you mean stages\?/],
      ['{"stages":{"1":{}}}', /12 pipeline-syntax: "1" cannot be a stage's name/],
      ['{"stages":{"a":{"actr":"x"}}}', /12 pipeline-syntax: Stage a needs an actor.*\n17 pipeline-syntax: "actr"/s],
      [
        '{"stages":{"a":{"actor":"pipe-lvie"}}}',
        /25 catalogue-unknown: There is no actor pipe-lvie: did you mean pipe-live/,
      ],
      ['{"stages":{"a":{"actor":"pipe-live","clock":true}}}', /45 pipeline-syntax: "clock" is 60/],
      [
        '{"stages":{"a":{"actor":"pipe-live","options":3}}}',
        /47 pipeline-syntax: The options of stage a are an object/,
      ],
      ['{"stages":{"a":{"actor":"pipe-count","options":{"pth":1}}}}', /49 option-invalid: PipeCount has no option pth/],
      [
        '{"stages":{"a":{"actor":"pipe-live"}},"links":[{"from":"b","to":"a"}]}',
        /56 pipeline-syntax: There is no stage b/,
      ],
      ['{"stages":{"a":{"actor":"pipe-live"}},"links":[3]}', /48 pipeline-syntax: An object is wanted for a link/],
      ['{"stages":{"a":{"actor":"pipe-live"}},"links":{}}', /47 pipeline-syntax: "links" is a list/],
      ['{"plugins":"x","stages":{"a":{"actor":"pipe-live"}}}', /12 pipeline-syntax: "plugins" is a list of names/],
      ['{"plugins":[1],"stages":{"a":{"actor":"pipe-live"}}}', /13 pipeline-syntax: "plugins" is a list of names/],
      [
        '{"plugins":["./nowhere.ts"],"stages":{"a":{"actor":"pipe-live"}}}',
        /13 plugin-missing: Cannot import plugin \.\/nowhere\.ts: there is no /,
      ],
    ];
    for (const [text, message] of cases) assert.match((await wrong(text)).join("\n"), message, text);
  });
});

describe("checkPipeline() of anything", { timeout: 120_000 }, () => {
  let state = 4711;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor(state / 65536) % below;
  };

  /** Checks that nothing throws, that what is right can be written and read again, and that problems lie in the text. */
  async function attempt(text: string, isJson: boolean): Promise<boolean> {
    const { plan, problems } = await checkPipeline({ text, name: undefined, isJson });
    assert.equal(plan === undefined, problems.some(({ isWarning }) => !isWarning), text);
    for (const { span } of problems) {
      assert.ok(!span || span.from >= 0 && span.from <= span.to && span.from <= text.length, text);
    }
    if (!plan) return false;
    const again = await checkPipeline({ text: planText(plan), name: undefined, isJson: false });
    assert.deepEqual(again.plan && planJson(again.plan), planJson(plan), text);
    return true;
  }

  it("text of words that mean something never throws, and what is right is written down right", {
    timeout: 60_000,
  }, async () => {
    const words =
      "pipe-live pipe-count pipe-mix m.layer m.layer1 m.base m m: pipe-sink pipe-pass buffer buffer.video a" +
      " | | | | | ; ; path=x count=3 count=x layers.l1.x=2 layers={} __proto__=1 constructor=1 layers.__proto__.x=1" +
      " @thread @clock=25 @clock=x @lockstep=2 @plugin=@streamlib/video @plugin=npm: @plugin fps=1/2 fps=5 id=m id=q 'x' \"y\" [1] ! = .";
    const list = words.split(" ");
    let right = 0;
    for (let round = 0; round < 1500; round++) {
      const text = Array.from({ length: 1 + random(12) }, () => list[random(list.length)]).join(" ");
      if (await attempt(text, false)) right++;
    }
    assert.ok(right > 20, `${right} were right`);
  });

  it("JSON with a letter changed never throws", { timeout: 60_000 }, async () => {
    const whole = JSON.stringify({
      plugins: ["@streamlib/video"],
      stages: {
        a: { actor: "pipe-count", options: { path: "x", layers: { l: { x: 1 } } }, clock: 25 },
        s: { actor: "PipeSink" },
      },
      links: [{ from: "a.video", to: "s" }],
    });
    assert.ok(await attempt(whole, true));
    for (let at = 0; at < whole.length; at++) {
      for (const letter of ["", "x", '"', "}", "9", "."]) {
        await attempt(whole.slice(0, at) + letter + whole.slice(at + 1), true);
      }
    }
  });
});
