import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { parseText } from "./parse_text.ts";
import { problemLines, Problems, reportOf } from "./problem.ts";
import type { PipelineTree } from "./tree.ts";

const VALUES: Readonly<Record<string, string>> = { DIR: "/clips", EMPTY: "", PATH_W: "C:\\new" };

function parse(source: string): { tree: PipelineTree; problems: Problems } {
  const problems = new Problems();
  const tree = parseText(source, (name) => Object.hasOwn(VALUES, name) ? VALUES[name] : undefined, problems);
  return { tree, problems };
}

/** Stages as `name=actor`, links as `a.x>b.y`; fails if anything is wrong. */
function shape(source: string): string[] {
  const { tree, problems } = parse(source);
  assert.deepEqual(problems.all, []);
  const end = ({ stage, port }: { stage: number; port: readonly string[] }): string =>
    [tree.stages[stage].name, ...port].join(".");
  return [
    ...tree.stages.map(({ name, actor }) => `${name}=${actor.text}`),
    ...tree.links.map(({ from, to }) => `${end(from)}>${end(to)}`),
  ];
}

/** Values of the first stage's options. */
function options(source: string): Record<string, unknown> {
  const { tree, problems } = parse(source);
  assert.deepEqual(problems.all, []);
  return Object.fromEntries(
    tree.stages[0].options.map(({ key, value }) => [key?.text ?? "", value.kind === "text" ? value.text : value.value]),
  );
}

/** `column code message` of each problem. */
function wrong(source: string): string[] {
  const { problems } = parse(source);
  return problems.all.map((problem) => {
    const { line, column, code, message } = reportOf(source, problem);
    return `${line === 1 ? "" : `${line}:`}${column} ${code} ${message}`;
  });
}

describe("parseText()", () => {
  it("reads chains", () => {
    assert.deepEqual(shape("file clip.mp4 | invert | display"), [
      "file=file",
      "invert=invert",
      "display=display",
      "file>invert",
      "invert>display",
    ]);
  });

  it("reads branches and named stages, also before they are made", () => {
    const made = ["a=src", "mix=compositor", "src=src", "a>mix", "src>mix.layer1"];
    assert.deepEqual(shape("a: src | mix ; mix: compositor ; src | mix.layer1"), made);
    assert.deepEqual(shape("src id=a | mix ; compositor id=mix ; src | mix.layer1"), made);
    assert.deepEqual(shape("a:src\n| mix\nmix:\tcompositor # the mixer\n\n src |\n\n mix.layer1\n"), made);
  });

  it("a stage without a name is meant by its actor and a port", () => {
    assert.deepEqual(shape("file a.mp4 | display ; file.audio | speaker ; FILE.audio | meter"), [
      "file=file",
      "display=display",
      "speaker=speaker",
      "meter=meter",
      "file>display",
      "file.audio>speaker",
      "file.audio>meter",
    ]);
    assert.deepEqual(shape("file.audio a.wav | meter"), ["file=file", "meter=meter", "file.audio>meter"]);
    assert.deepEqual(shape("file a.mp4 | file b.mp4 ; file.audio | meter").slice(-1), ["file.audio>meter"]);
  });

  it("gives every stage a name of its own", () => {
    assert.deepEqual(shape("TestPattern | test-pattern | test-pattern-2: x"), [
      "test-pattern=TestPattern",
      "test-pattern-3=test-pattern",
      "test-pattern-2=x",
      "test-pattern>test-pattern-3",
      "test-pattern-3>test-pattern-2",
    ]);
  });

  it("reads values", () => {
    assert.deepEqual(options(`src a="1\n2\\\n3" b='4\n5'`), { a: "1\n2\\\n3", b: "4\n5" });
    assert.deepEqual(
      options(`src a=1 b=x:/y?z=1 c="d \\"e\\" \\\\ | ;" f='$DIR "' g={"h":[1, "|"]} i=[] j.k=#fff l="" @thread "m n"`),
      {
        a: "1",
        b: "x:/y?z=1",
        c: 'd "e" \\ | ;',
        f: '$DIR "',
        g: { h: [1, "|"] },
        i: [],
        "j.k": "#fff",
        l: "",
        "": "m n",
      },
    );
    assert.deepEqual(options("src http://host/a?b=c"), { "": "http://host/a?b=c" });
  });

  it("fills variables in", () => {
    assert.deepEqual(
      options('src a=$DIR/x b=${DIR}y c=${NONE:-a b} d="${NONE:-}$DIR\\t" e=$$DIR f=a$ g="$PATH_W" h=$EMPTY'),
      { a: "/clips/x", b: "/clipsy", c: "a b", d: "/clips\t", e: "$DIR", f: "a$", g: "C:\\new", h: "" },
    );
    assert.match(
      wrong("src a=$NONE b=${1}").join("\n"),
      /^7 variable-unset Variable NONE .*--set NONE=VALUE.*\n15 pip/,
    );
  });

  it("reads placements, for one stage and for all", () => {
    const { tree, problems } = parse("@thread @clock=60; src@process=a | sink @lockstep");
    assert.deepEqual(problems.all, []);
    const said = (list: PipelineTree["defaults"]): string[] =>
      list.map(({ name, value }) => `${name.text}=${value?.text}`);
    assert.deepEqual(said(tree.defaults), ["thread=undefined", "clock=60"]);
    assert.deepEqual(tree.stages.map((stage) => said(stage.placements)), [["process=a"], ["lockstep=undefined"]]);
  });

  it("reads the plugins that it needs", () => {
    const { tree, problems } = parse("@plugin=npm:@me/glow@^1 @thread @Plugin='./a b.ts'\nsrc | sink ; @plugin=\"x\"");
    assert.deepEqual(problems.all, []);
    assert.deepEqual(tree.plugins.map(({ text }) => text), ["npm:@me/glow@^1", "./a b.ts", "x"]);
    assert.deepEqual(tree.defaults.map(({ name }) => name.text), ["thread"]);
    assert.deepEqual(tree.plugins[0].span, { from: 8, to: 23 });
    const right = "A plugin is missing here: @plugin=npm:@me/glow@^1 is right";
    assert.deepEqual(wrong("@plugin ; src | sink"), [`1 pipeline-syntax ${right}`]);
    assert.deepEqual(wrong('@plugin="" ; src | sink'), [`1 pipeline-syntax ${right}`]);
  });

  it("goes on after what is wrong, and points at it", () => {
    assert.deepEqual(wrong("a | | b |"), [
      "5 pipeline-syntax A stage is missing before this |",
      "9 pipeline-syntax A stage is missing after this |",
    ]);
    assert.deepEqual(wrong('a x="b | c\nd y= | e').map((one) => one.slice(0, 60)), [
      '5 pipeline-syntax This text begins with " and does not end: ',
      '2:5 pipeline-syntax A value is missing after "=": an empty t',
    ]);
    assert.deepEqual(wrong("a x={1} | b y=[1,] z='q'q").map((one) => one.slice(0, 40)), [
      "6 pipeline-syntax A key in double quotes",
    ]);
    assert.deepEqual(wrong("n: a ; n: b ; n x=1 ; 9: c ; n"), [
      "8 id-taken Two stages are called n: rename one",
      "15 id-taken n is the name of a stage: its options stand where it is made; rename it if a new one is meant",
      '23 pipeline-syntax "9" cannot be a stage\'s name: a letter, then letters, digits, - and _ are right',
      "30 pipeline-syntax This only names the stage n: link it by | to another one",
    ]);
    assert.match(wrong("f 1 | a ; f 2 | b ; f.x | c")[0], /^21 link-ambiguous f could be any of 2 stages/);
    assert.match(
      wrong("clip.mp4 | display")[0],
      /^1 pipeline-syntax "clip.mp4" is a file, and no actor: "file clip.mp4"/,
    );
    assert.match(wrong("pipeline.json")[0], /streamlib run -f pipeline\.json/);
    assert.deepEqual(wrong("a ! b -> c"), [
      "3 pipeline-syntax Stages are linked by |, not by !",
      "7 pipeline-syntax Stages are linked by |, not by ->",
    ]);
    assert.match(wrong("width=1 | b")[0], /the actor's name comes first/);
    assert.match(wrong(" # nothing")[0], /There is nothing to run/);
    assert.match(wrong("a: @thread")[0], /An actor is missing after "a:"/);
    assert.match(wrong("a | @thread | b").join("\n"), /5 pipeline-syntax An actor is missing before this/);
    assert.match(wrong("a @ | b @thread!").join("\n"), /3 pipeline-syntax A name.*\n9 pipeline-syntax A name/s);
  });

  it("never throws, and every problem is in the text", () => {
    const pieces = [
      ..."abz019 .,:;|@#=$'\"\\{}[]\n\t\r-_/é😀\u2028\u3000\ud800",
      "file",
      "mix.layer1",
      "a: ",
      "=1",
      " | ",
      "${A:-b}",
      '{"a":',
      "id=x",
      "@clock=",
      "@plugin=npm:a@1 ",
      " ! ",
      "->",
      "\\\n",
    ];
    let state = 12345;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return Math.floor(state / 65536) % below;
    };
    const whole = `bars: test-pattern width=640 'q' @thread # c\n | mix.layer1 a={"b":[1]} ; \${X:-1} "x" | bars.video`;
    for (let round = 0; round < 5000; round++) {
      let source = "";
      if (round < whole.length) source = whole.slice(0, round);
      else if (round < 2 * whole.length) source = whole.slice(round - whole.length);
      else for (let length = random(24); length > 0; length--) source += pieces[random(pieces.length)];
      const { tree, problems } = parse(source);
      assert.ok(tree.stages.length > 0 || problems.errors > 0, JSON.stringify(source));
      assert.equal(new Set(tree.stages.map(({ name }) => name)).size, tree.stages.length);
      for (const { from, to } of tree.links) assert.ok(tree.stages[from.stage] && tree.stages[to.stage]);
      const rows = source.split("\n");
      for (const problem of problems.all) {
        const { line, column } = reportOf(source, problem);
        assert.ok(line >= 1 && line <= rows.length, JSON.stringify(source));
        assert.ok(column >= 1 && column <= [...rows[line - 1]].length + 1, JSON.stringify([source, problem]));
        assert.equal(problemLines(source, problem, undefined).length, 3);
      }
    }
  });
});

describe("parseText() of long texts", () => {
  it("takes them, and no more than 1000 stages", () => {
    const long = "x".repeat(1_000_000);
    assert.equal(options(`a b="${long}"`).b, long);
    assert.equal(options(`a b=${long}`).b, long);
    assert.equal(options(`a b='${long}'`).b, long);
    assert.equal((options(`a b=["${long}"]`).b as string[])[0], long);
    const [message, ...rest] = wrong(`${long}! | a`);
    assert.deepEqual(rest, []);
    assert.match(message, /^1 pipeline-syntax "x{100,400} … x{10,}!" cannot be an actor/);
    assert.equal(parse(`${" ".repeat(1_000_000)}a${"\n".repeat(1_000_000)}b`).tree.stages.length, 2);
    const many = wrong("a |".repeat(100_000));
    assert.deepEqual(many.slice(0, 1), ["3001 pipeline-syntax A pipeline has at most 1000 stages"]);
    assert.equal(parse("| ".repeat(20_000)).problems.errors, 20_001);
  });
});

describe("problemLines()", () => {
  it("shows the line and a caret, also of a long line and after wide characters", () => {
    const problem = { code: "pipeline-syntax", message: "No", span: { from: 4, to: 7 } } as const;
    assert.deepEqual(problemLines("a\n😀bcd", problem, "p.txt"), [
      "p.txt:2:2: No [pipeline-syntax]",
      "  😀bcd",
      "   ^~~",
    ]);
    const long = { ...problem, span: { from: 500, to: 503 }, isWarning: true };
    assert.deepEqual(problemLines("a", { ...problem, span: undefined }, "p.txt"), ["No [pipeline-syntax]"]);
    assert.deepEqual(problemLines("a\n😀bcd", problem, "p.txt", true), [
      "p.txt:2:2: \x1b[1mNo\x1b[0m [pipeline-syntax]",
      "  😀\x1b[31mbcd\x1b[0m",
      "   \x1b[31m^~~\x1b[0m",
    ]);
    const [head, text, marks] = problemLines(`${"x".repeat(500)}abc${"y".repeat(500)}`, long, undefined);
    assert.equal(head, "column 501: warning: No [pipeline-syntax]");
    assert.equal(text.length, 102);
    assert.equal(text.slice(marks.indexOf("^")).slice(0, 3), "abc");
    assert.equal(marks.trim(), "^~~");
  });
});
