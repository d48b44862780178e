import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { actorPage, type InspectedActor, slugOf } from "./actor_page.ts";

const ACTOR: InspectedActor = {
  name: "TestThing",
  module: "file:///x/plugins/video/thing_actor.ts",
  description: "Shows <things> | and {{ more }}",
  className: "TestThingActor",
  example: "const thing = new TestThingActor();",
  inputs: [
    { name: "video", type: "VideoFrame", description: "pictures", delivery: "latest" },
    { name: "layer.*", type: "Other", description: "more", delivery: "ordered", depth: 4, max: 16 },
  ],
  outputs: [{ name: "video", type: "VideoFrame", description: "" }],
  controls: ["set"],
  options: {
    type: "object",
    required: ["path"],
    properties: {
      path: { type: "string", description: "of a file" },
      mode: { enum: ["a|b", "c"], default: "c" },
      count: { type: "integer", minimum: 1, maximum: 16 },
      many: { type: "array", items: { type: "number", exclusiveMinimum: 0 } },
      free: { anyOf: [{ type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, { const: false }] },
    },
  },
};

describe("actorPage()", () => {
  it("shows ports, options and controls", () => {
    const { slug, packageName, content } = actorPage(ACTOR, {
      picture: { address: "/effects/thing.png", shows: "A [thing] in <light>" },
      api: "/api/video/#TestThingActor",
      typeAddress: (type) => type === "VideoFrame" ? "/api/core/message#VideoFrame" : undefined,
    });
    assert.equal(slug, "test-thing");
    assert.equal(packageName, "@streamlib/video");
    for (
      const line of [
        "# TestThing",
        "Shows &lt;things> \\| and &#123;&#123; more }}. [`TestThingActor`](/api/video/#TestThingActor) of " +
        "[`@streamlib/video`](/packages/video).",
        "![A thing in &lt;light>](/effects/thing.png)",
        "A [thing] in &lt;light>\n\n</figcaption>",
        "| `video` | [`VideoFrame`](/api/core/message#VideoFrame) | latest | pictures |",
        "| `layer.*` | `Other` | ordered, 4 behind; at most 16 | more |",
        "| `path` (must be given) | string |  | of a file |",
        '| `mode` | `"a\\|b"`, `"c"` | `"c"` |  |',
        "| `count` | integer 1 to 16 |  |  |",
        "| `many` | list of number above 0 |  |  |",
        "| `free` | integer from 0 or `false` |  |  |",
        "`set()`",
        'import { TestThingActor } from "@streamlib/video";',
      ]
    ) assert.ok(content.includes(line), `${line}\n\n${content}`);
  });

  it("leaves out what there is none of", () => {
    const { content } = actorPage({ ...ACTOR, inputs: [], controls: [], options: {} }, {});
    assert.match(
      content,
      /\| name \| type \|\n\| --- \| --- \|\n\| `video` \| `VideoFrame` \|\n/,
      "no column is empty",
    );
    assert.doesNotMatch(content, /## (Inputs|Options|Controls)|!\[/);
    assert.match(content, /\. `TestThingActor` of /);
  });
});

describe("slugOf()", () => {
  it("puts hyphens between words", () => {
    assert.deepEqual(["Lut3d", "VideoRtpSend", "GpuColorConvert"].map(slugOf), [
      "lut3d",
      "video-rtp-send",
      "gpu-color-convert",
    ]);
  });
});
