import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Dispatcher, EventLoopDispatcher } from "@streamlib/core";
import { Inapplicable, Skip } from "./check.ts";
import { type Inside, inside } from "./inside.ts";
import { andEnd } from "./living.ts";

function failing(message: string): () => Promise<void> {
  return () => Promise.reject(new Error(message));
}

describe("andEnd()", () => {
  const nothing = (): Promise<void> => Promise.resolve();

  it("fails by what failed first", async () => {
    await assert.rejects(andEnd(failing("the check"), failing("the end")), { message: "the check" });
    await assert.rejects(andEnd(nothing, failing("the end")), { message: "the end" });
    await andEnd(nothing, nothing);
  });

  it("does not hide an end that fails behind a check that cannot be made", async () => {
    for (const reason of [new Skip("no camera"), new Inapplicable("no inputs")]) {
      await assert.rejects(andEnd(() => Promise.reject(reason), failing("the end")), { message: "the end" });
      await assert.rejects(andEnd(() => Promise.reject(reason), nothing), reason);
    }
  });
});

describe("inside()", () => {
  it("closes the dispatcher of an actor that does not end, and says what the check found", async () => {
    let closed = 0;
    const close = (): Promise<void> => {
      closed++;
      return Promise.reject(new Error("the dispatcher"));
    };
    const make = (): Dispatcher => Object.assign(new EventLoopDispatcher(), { close });
    const stops: (() => Promise<void>)[] = [];
    const makeStubborn = (place: Inside): void => {
      const witness = place.witness();
      stops.push(witness.stop.bind(witness));
      Object.assign(witness, { stop: failing("the actor") });
    };
    await assert.rejects(
      inside({ make }, (place) => {
        makeStubborn(place);
        return failing("the check")();
      }),
      { message: "the check" },
    );
    await assert.rejects(
      inside({ make }, (place) => {
        makeStubborn(place);
        return Promise.resolve();
      }),
      { message: "the actor" },
    );
    assert.equal(closed, 2);
    for (const stop of stops) await stop();
  });
});
