import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { seeded, throwsCode } from "../../tests/conformance/ring.ts";
import { isStreamError } from "../errors.ts";
import type { Actor } from "../actor/actor.ts";
import { FilterActor, FiniteActor, gate, SourceActor, until } from "../testdata/actors.ts";
import { localActors, stopAll } from "./local_registry.ts";
import { getActor, useRegistry } from "./registry.ts";
import { parseActorUri } from "./uri.ts";

const timeout = 20_000;

afterEach(() => stopAll());

describe("parseActorUri()", () => {
  it("takes good ones apart", () => {
    const good: [string, string, string, string][] = [
      ["actor://local/TestPattern/bars-1", "local", "TestPattern", "bars-1"],
      ["actor://studio.example.com:8080/A/0", "studio.example.com:8080", "A", "0"],
      ["actor://192.168.1.7/Mixer2/a.b_c-d", "192.168.1.7", "Mixer2", "a.b_c-d"],
      ["actor://[fe80::1]/A/b", "[fe80::1]", "A", "b"],
      ["actor://[::1]:65535/A/b", "[::1]:65535", "A", "b"],
    ];
    for (const [uri, host, className, id] of good) assert.deepEqual(parseActorUri(uri), { host, className, id });
  });

  it("refuses bad ones and says which part is wrong", () => {
    const bad: [string, RegExp][] = [
      ["", /it does not begin with actor:\/\//],
      ["http://local/A/b", /it does not begin with actor:\/\//],
      ["ACTOR://local/A/b", /it does not begin with actor:\/\//],
      [" actor://local/A/b", /it does not begin with actor:\/\//],
      ["actor://local", /it has 1 parts after actor:\/\/, not 3/],
      ["actor://local/A", /it has 2 parts/],
      ["actor://local/A/b/", /it has 4 parts/],
      ["actor://local/A/b/c", /it has 4 parts/],
      ["actor:///A/b", /"" is not a host/],
      ["actor://user@host/A/b", /"user@host" is not a host/],
      ["actor://ho st/A/b", /"ho st" is not a host/],
      ["actor://-host/A/b", /"-host" is not a host/],
      ["actor://::1/A/b", /"::1" is not a host/],
      ["actor://host:/A/b", /"host:" is not a host/],
      ["actor://host:0/A/b", /port 0 is not 1 to 65535/],
      ["actor://host:65536/A/b", /port 65536 is not 1 to 65535/],
      ["actor://host:123456/A/b", /is not a host/],
      ["actor://[::1]:99999/A/b", /port 99999 is not 1 to 65535/],
      ["actor://local//b", /"" is not a class name/],
      ["actor://local/1A/b", /"1A" is not a class name \(a letter, then letters and digits\)/],
      ["actor://local/A-B/b", /"A-B" is not a class name/],
      [`actor://local/${"A".repeat(65)}/b`, /is not a class name/],
      ["actor://local/A/", /"" is not an id/],
      ["actor://local/A/b?x=1", /"b\?x=1" is not an id \(letters, digits, "\.", "_", "-"\)/],
      ["actor://local/A/b#c", /is not an id/],
      ["actor://local/A/%62", /is not an id/],
      ["actor://local/A/b\n", /is not an id/],
      ["actor://local/A/.b", /is not an id/],
      [`actor://local/A/${"b".repeat(129)}`, /is not an id/],
    ];
    for (const [uri, message] of bad) {
      throwsCode(() => parseActorUri(uri), "uri-invalid", message);
      throwsCode(
        () => parseActorUri(uri),
        "uri-invalid",
        /^Cannot read actor URI ".*": [^]*; the form is actor:\/\/host\/Class\/id$/s,
      );
    }
  });

  it("accepts only what it would write the same again, whatever comes", () => {
    const random = seeded(42);
    const pieces = [
      "actor://",
      "local",
      "/",
      "A",
      "b",
      ":",
      "8",
      "[",
      "]",
      "%",
      "?",
      "#",
      "@",
      "..",
      "-",
      "_",
      "é",
      "\n",
      " ",
      "\0",
    ];
    let accepted = 0;
    for (let i = 0; i < 20_000; i++) {
      let uri = random() < 0.9 ? "actor://" : "";
      if (random() < 0.5) uri += "h/A/";
      for (let n = Math.floor(random() * 6); n > 0; n--) uri += pieces[Math.floor(random() * pieces.length)];
      try {
        const { host, className, id } = parseActorUri(uri);
        assert.equal(`actor://${host}/${className}/${id}`, uri);
        accepted++;
      } catch (thrown) {
        assert.ok(isStreamError(thrown) && thrown.code === "uri-invalid", `${JSON.stringify(uri)}: ${thrown}`);
      }
    }
    assert.ok(accepted > 100, `${accepted} accepted`);
  });
});

describe("ids", () => {
  it("are taken while their actor lives, and free afterwards", { timeout }, async () => {
    const first = new SourceActor({ id: "one" });
    throwsCode(
      () => new SourceActor({ id: "one" }),
      "id-taken",
      /^Cannot make TestScript "one": one with this id runs; stop it first$/,
    );
    new FilterActor({ id: "one" });
    await first.stop();
    const second = new SourceActor({ id: "one" });
    assert.notEqual(second, first);
    const names = [new SourceActor({}), new SourceActor({})].map((actor) => actor.id);
    assert.notEqual(names[0], names[1]);
    assert.ok(names.every((name) => /^testscript-\d+$/.test(name)));
  });

  it("that are numbered pass over those that were given", () => {
    const next = Number(new FiniteActor({}).id.split("-")[1]) + 1;
    new FiniteActor({ id: `testfinite-${next}` });
    assert.equal(new FiniteActor({}).id, `testfinite-${next + 1}`);
  });
});

describe("getActor()", () => {
  it("gives one instance to a hundred calls at once, and the same ever after", { timeout }, async () => {
    const uri = "actor://local/TestScript/shared";
    const actors = await Promise.all(Array.from({ length: 100 }, () => getActor(uri)));
    assert.equal(new Set(actors).size, 1);
    assert.equal(actors[0].uri, uri);
    assert.equal(await getActor(uri), actors[0]);
    assert.equal(localActors().filter((actor) => actor.uri === uri).length, 1);
  });

  it("waits for one that is ending and makes a new one, once", { timeout }, async () => {
    const uri = "actor://local/TestScript/dying";
    for (let round = 0; round < 5; round++) {
      const pass = gate();
      const old: Actor = await getActor(uri, { onStop: () => pass.promise });
      await old.ready;
      const stopped = old.stop();
      const calls = Promise.all(Array.from({ length: 100 }, () => getActor(uri)));
      await new Promise((resolve) => setTimeout(resolve, 2));
      pass.open();
      const actors = await calls;
      assert.equal(new Set(actors).size, 1);
      assert.notEqual(actors[0], old);
      assert.equal(actors[0].isEnding, false);
      await stopped;
      await actors[0].stop();
    }
  });

  it("replaces one that failed", { timeout }, async () => {
    const uri = "actor://local/TestScript/failing";
    const old = await getActor(uri, {
      onStart: () => {
        throw new Error("boom");
      },
    });
    await assert.rejects(old.ready, /boom/);
    const actor = await getActor(uri);
    await actor.ready;
    assert.notEqual(actor, old);
  });

  it("refuses what it cannot find, saying what there is", { timeout }, async () => {
    await assert.rejects(getActor("actor://local/Nowhere/a"), { code: "catalogue-unknown" });
    await assert.rejects(getActor("nonsense"), { code: "uri-invalid" });
    await assert.rejects(
      getActor("actor://far.example/TestScript/a"),
      /^StreamError: Cannot reach host far\.example of actor:\/\/far\.example\/TestScript\/a: known are local/,
    );
  });

  it("asks the registry of the host", { timeout }, async () => {
    const local = new SourceActor({ id: "stub" });
    const asked: unknown[] = [];
    useRegistry("near.example", {
      getOrCreate: (uri, options) => {
        asked.push(uri, options);
        return Promise.resolve(local);
      },
      list: () => Promise.resolve([]),
    });
    assert.equal(await getActor("actor://near.example/A/b", { x: 1 }), local);
    assert.deepEqual(asked, [{ host: "near.example", className: "A", id: "b" }, { x: 1 }]);
  });
});

describe("stopAll()", () => {
  it("stops the last made first, those that fail included, and leaves none", { timeout }, async () => {
    const order: string[] = [];
    const make = (id: string): SourceActor =>
      new SourceActor({
        id,
        onStop: () => {
          order.push(id);
          if (id === "b") throw new Error("b");
        },
      });
    const actors = ["a", "b", "c"].map(make);
    actors[1].ended.catch(() => {});
    await Promise.all(actors.map((actor) => actor.ready));
    await stopAll();
    assert.deepEqual(order, ["c", "b", "a"]);
    assert.deepEqual(actors.map((actor) => actor.state), ["stopped", "failed", "stopped"]);
    assert.equal(localActors().length, 0);
    await until(() => actors.every((actor) => actor.isEnding), "all have ended");
  });
});
