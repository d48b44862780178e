import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { stopAll } from "../registry/local_registry.ts";
import { FilterActor, FORMAT, put, SourceActor } from "../testdata/actors.ts";

const SLOW = { timeout: 30_000 };

describe("an input that is unlinked while its body works", SLOW, () => {
  afterEach(() => stopAll());

  it("leaves the body its items until the call has ended", SLOW, async () => {
    const source = new SourceActor();
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const seen = Promise.withResolvers<number>();
    const filter = new FilterActor({
      process: async (body) => {
        const frame = body.inputs.video.readLatest();
        if (!frame) return;
        begun.resolve();
        await goOn.promise;
        try {
          seen.resolve(frame.data[0]);
        } catch (thrown) {
          seen.reject(thrown);
        }
      },
    });
    source.pipe(filter);
    await Promise.all([source.ready, filter.ready]);
    put(source.outputs.video, 7, FORMAT);
    await begun.promise;
    filter.inputs.video.unlink();
    source.pipe(filter);
    const { slots } = source.outputs.video.stats();
    // Every slot but the one that is looked at can be written meanwhile.
    for (let i = 0; i < 3 * slots; i++) put(source.outputs.video, 8, FORMAT);
    assert.equal(source.outputs.video.stats().dropped, 0);
    goOn.resolve();
    assert.equal(await seen.promise, 7);
    assert.equal(filter.error, undefined);
  });
});
