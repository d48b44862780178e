import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { formatGraph, type GraphNotation } from "./format_graph.ts";
import type { Graph, GraphActor, GraphLink } from "./graph.ts";
import { actorWords, linkWords } from "./graph_words.ts";

const AT = "2026-11-20T12:00:37.000000001";

function actor(label: string, more: Partial<GraphActor> = {}): GraphActor {
  return {
    className: "Any",
    id: "any-1",
    label,
    uri: "actor://local/Any/any-1",
    state: "running",
    place: "event-loop",
    children: [],
    ticks: 61,
    missedTicks: 2,
    freewheelTicks: 0,
    counters: {},
    ...more,
  };
}

function link(from: string, to: string, more: Partial<GraphLink> = {}): GraphLink {
  return {
    from: { actor: from, port: "video" },
    to: { actor: to, port: "video" },
    type: "VideoFrame",
    transport: "ring",
    committed: 61,
    dropped: 0,
    read: 60,
    missed: 1,
    bytesCopied: 0,
    ...more,
  };
}

const SMALL: Graph = {
  at: AT,
  actors: [
    actor('Bars "bars-1"', { clock: { id: "software/60/1", rate: { num: 60, den: 1 } }, children: ['Any "child"'] }),
    actor('Invert "invert-1"', { place: "thread 1", follows: "video", counters: { skipped: 3 }, freewheelTicks: 4 }),
    actor('Any "child"', { state: "starting", parent: 'Bars "bars-1"' }),
  ],
  links: [
    link('Bars "bars-1"', 'Invert "invert-1"', {
      format: "rgba8 1280x720 60 fps",
      transport: "thread",
      bytesCopied: 3_686_400,
      ageNs: 2_140_000,
    }),
    link('File "file-1"', 'Any "child"'),
  ],
};

/** What graphs may be made of: every kind of quote, bracket, escape, entity, comment, keyword and direction. */
const PIECES = [
  ..."\"'`\\/<>{}[]()|&;:#%=-\n\r\t\0\u001b\u2028\u202e\ud800 aZ09_.,é漢😀",
  ...[
    "\\n",
    '\\"',
    "<b>",
    "&quot;",
    "&#34;",
    "#quot;",
    "#35;",
    "%%",
    "%%{init: {}}%%",
    "end",
    "style a:#f00;",
    "-->",
    "]]",
  ],
];

/** The same numbers at every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function hostileGraph(random: () => number): Graph {
  const text = (): string =>
    Array.from({ length: Math.floor(random() * 12) }, () => PIECES[Math.floor(random() * PIECES.length)]).join("");
  const labels = Array.from({ length: 4 }, text);
  const any = (): string => labels[Math.floor(random() * labels.length)];
  const ends = (): { actor: string; port: string } => ({ actor: any(), port: text() });
  return {
    at: AT,
    actors: [...new Set(labels.slice(0, 3))].map((label) =>
      actor(label, { place: text(), follows: text(), children: [text()], counters: { [text()]: 1 } })
    ),
    links: Array.from(
      { length: 5 },
      () => link("", "", { from: ends(), to: ends(), type: text(), format: text().repeat(9) }),
    ),
  };
}

/** What a label shows: unprintable characters as U+FFFD. */
function shown(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/\p{C}/gu, "\ufffd")).join("\n");
}

/** A label of Graphviz as its reader understands it. */
function readDot(label: string): string {
  return label.replace(/\\(.)/g, (_, one: string) => one === "n" ? "\n" : one).replaceAll("&amp;", "&");
}

/** A label of Mermaid as its reader understands it. */
function readMermaid(label: string): string {
  return label.replace(/^ $/, "").replaceAll("<br/>", "\n").replace(
    /#(\d+);/g,
    (_, code: string) => String.fromCodePoint(Number(code)),
  );
}

const DOT = {
  first: "digraph streamlib {",
  line: [
    /^ {2}rankdir=LR;$/,
    /^ {2}node \[shape=box\];$/,
    /^ {2}subgraph cluster_\d+ \{$/,
    /^ {4}label="((?:[^"\\&]|\\.|&amp;)*)";$/,
    /^ {2,4}n\d+ \[label="((?:[^"\\&]|\\.|&amp;)*)"(?:, style=dashed)?\];$/,
    /^ {2}n\d+ -> n\d+ \[label="((?:[^"\\&]|\\.|&amp;)*)"\];$/,
    /^(?: {2})?\}$/,
  ],
  read: readDot,
};
const MERMAID = {
  first: "flowchart LR",
  line: [
    /^ {2}subgraph p\d+\["((?:[A-Za-z0-9 _.,/-]|#\d+;|<br\/>)+)"\]$/,
    /^ {4}n\d+\["((?:[A-Za-z0-9 _.,/-]|#\d+;|<br\/>)+)"\]$/,
    /^ {2}n\d+\("((?:[A-Za-z0-9 _.,/-]|#\d+;|<br\/>)+)"\)$/,
    /^ {2}n\d+ -->\|"((?:[A-Za-z0-9 _.,/-]|#\d+;|<br\/>)+)"\| n\d+$/,
    /^ {2}end$/,
  ],
  read: readMermaid,
};

/** The labels of a text in this notation, in order. Fails if a line is none that its grammar knows. */
function labelsOf(text: string, { first, line, read }: typeof DOT): string[] {
  assert.ok(text.endsWith("\n"));
  const [head, ...lines] = text.slice(0, -1).split("\n");
  assert.equal(head, first);
  return lines.flatMap((one) => {
    const found = line.map((shape) => shape.exec(one)).find((match) => match !== null) ??
      assert.fail(`no such line: ${JSON.stringify(one)}`);
    return found[1] === undefined ? [] : [read(found[1])];
  });
}

describe("formatGraph", () => {
  it("writes text that can be read", () => {
    assert.equal(
      formatGraph(SMALL),
      `3 actors, 2 links, at ${AT} TAI

Bars "bars-1": running, event-loop, software/60/1 at 60 fps, 1 child: Any "child"
  61 ticks, 2 missed
  video -> Invert "invert-1" video, VideoFrame rgba8 1280x720 60 fps, by thread
      61 committed, 0 dropped, 60 read, 1 missed, 3.7 MB copied, 2.1 ms old

Invert "invert-1": running, thread 1, follows video
  61 ticks, 2 missed, 4 freewheel, 3 skipped

Any "child": starting, event-loop, waits for a link, child of Bars "bars-1"
  61 ticks, 2 missed

File "file-1": has ended
  video -> Any "child" video, VideoFrame, by ring
      61 committed, 0 dropped, 60 read, 1 missed, 0 B copied
`,
    );
    assert.equal(formatGraph({ at: AT, actors: [], links: [] }), `0 actors, 0 links, at ${AT} TAI\n`);
  });

  it("writes DOT, with places as boxes", () => {
    assert.equal(
      formatGraph(SMALL, "dot"),
      String.raw`digraph streamlib {
  rankdir=LR;
  node [shape=box];
  subgraph cluster_0 {
    label="event-loop";
    n0 [label="Bars \"bars-1\"\nrunning, software/60/1 at 60 fps\n61 ticks, 2 missed"];
    n2 [label="Any \"child\"\nstarting, waits for a link\n61 ticks, 2 missed"];
  }
  subgraph cluster_1 {
    label="thread 1";
    n1 [label="Invert \"invert-1\"\nrunning, follows video\n61 ticks, 2 missed"];
  }
  n3 [label="File \"file-1\"", style=dashed];
  n0 -> n1 [label="video to video\nVideoFrame rgba8 1280x720 60 fps\nby thread\n61 committed, 0 dropped, 60 read, 1 missed, 3.7 MB copied, 2.1 ms old"];
  n3 -> n2 [label="video to video\nVideoFrame\nby ring\n61 committed, 0 dropped, 60 read, 1 missed, 0 B copied"];
}
`,
    );
  });

  it("writes Mermaid, with places as boxes", () => {
    assert.equal(
      formatGraph({ ...SMALL, actors: SMALL.actors.slice(0, 2), links: SMALL.links.slice(0, 1) }, "mermaid"),
      `flowchart LR
  subgraph p0["event-loop"]
    n0["Bars #34;bars-1#34;<br/>running, software/60/1 at 60 fps<br/>61 ticks, 2 missed"]
  end
  subgraph p1["thread 1"]
    n1["Invert #34;invert-1#34;<br/>running, follows video<br/>61 ticks, 2 missed"]
  end
  n0 -->|"video to video<br/>VideoFrame rgba8 1280x720 60 fps<br/>by thread<br/>` +
        `61 committed, 0 dropped, 60 read, 1 missed, 3.7 MB copied, 2.1 ms old"| n1
`,
    );
  });

  it("quotes whatever names there are", { timeout: 60_000 }, () => {
    const random = randomOf(6);
    for (let round = 0; round < 500; round++) {
      const graph = hostileGraph(random);
      const words = [...graph.actors.map(actorWords), ...graph.links.map(linkWords)].map(shown);
      for (const [notation, grammar] of [["dot", DOT], ["mermaid", MERMAID]] as const) {
        const labels = labelsOf(formatGraph(graph, notation), grammar);
        for (const wanted of words) assert.ok(labels.includes(wanted), `${notation} lacks ${JSON.stringify(wanted)}`);
      }
      const text = formatGraph(graph);
      assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{C}\p{Zl}\p{Zp}]/u);
      for (const line of text.split("\n")) assert.ok([...line].length <= 100, `${line.length} columns: ${line}`);
    }
  });

  it("loses nothing of a name that is longer than a line", () => {
    const name = Array.from({ length: 60 }, (_, index) => `part${index}`).join("");
    const text = formatGraph({ ...SMALL, actors: [actor(name)], links: [link(name, "next")] });
    assert.ok(text.replace(/\n */g, "").includes(name));
  });

  it("refuses another notation", () => {
    for (const wrong of ["svg", "toString"]) {
      throwsCode(
        () => formatGraph(SMALL, wrong as GraphNotation),
        "option-invalid",
        new RegExp(`^Cannot write the graph as "${wrong}": text, dot, mermaid are right$`),
      );
    }
  });
});
