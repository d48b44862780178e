import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { inspectCodecs } from "../codec_report.ts";
import { openMediaReader } from "../media_reader.ts";
import { testClip } from "../testing/clip.ts";
import { closeIdleCodecWorkers } from "../worker/codec_worker_pool.ts";
import { codecProviders, registerCodecProvider, unregisterCodecProvider } from "./provider_registry.ts";

const GRAY = { name: "gray", module: new URL("../testing/gray_provider.ts", import.meta.url).href };
const LONG = { timeout: 60_000 };

describe("registerCodecProvider", () => {
  after(() => closeIdleCodecWorkers());

  it("puts a provider in front; what it cannot do falls to the next", LONG, async () => {
    const clip = await testClip();
    registerCodecProvider(GRAY);
    try {
      assert.deepEqual(codecProviders().map((provider) => provider.name), ["gray", "node-webcodecs"]);
      await using reader = await openMediaReader(clip);
      const picture = new Uint8Array(reader.frameBytes);
      await reader.nextVideo(picture);
      assert.ok(picture.every((value) => value === 128));
      assert.equal(await reader.nextAudio(new Float32Array(2000), 1000), 1000);
    } finally {
      assert.equal(unregisterCodecProvider("gray"), true);
    }
  });

  it("refuses a name that is taken", () => {
    assert.throws(() => registerCodecProvider({ ...GRAY, name: "node-webcodecs" }), {
      name: "MediaError",
      message: 'Cannot register codec provider "node-webcodecs": the name is taken',
    });
  });

  it("lets a provider that cannot be loaded fail the opening, by name", LONG, async () => {
    const clip = await testClip();
    registerCodecProvider({ name: "broken", module: new URL("../testing/clip.ts", import.meta.url).href });
    try {
      await assert.rejects(openMediaReader(clip), {
        name: "MediaError",
        reason: "provider",
        message: /codec provider "broken": .* exports no function createCodecProvider/,
      });
    } finally {
      unregisterCodecProvider("broken");
    }
  });
});

describe("inspectCodecs", () => {
  after(() => closeIdleCodecWorkers());

  it("says what the default provider can do", LONG, async () => {
    const [provider] = await inspectCodecs();
    assert.equal(provider.name, "node-webcodecs");
    assert.equal(provider.licence, "LGPL-2.1-or-later");
    assert.ok(provider.decode.includes("h264") && provider.decode.includes("aac"));
    assert.deepEqual([...provider.encode].sort(), ["aac", "h264", "opus", "vp8", "vp9"]);
  });
});
