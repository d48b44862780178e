/** A module that cannot be imported in a worker. */
import { isMainThread } from "node:worker_threads";
import process from "node:process";
import { Actor } from "../../actor/actor.ts";
import { registerActor } from "../../actor/register_actor.ts";
import type { ActorSpec, NoPorts } from "../../actor/spec.ts";

if (!isMainThread || process.send) throw new Error("This module does not like workers");

/** An actor whose module throws elsewhere. */
@registerActor({ name: "PlaceThrower", module: import.meta.url })
export class ThrowerActor extends Actor<{ options: NoPorts }> {
  static readonly spec: ActorSpec<{ options: NoPorts }> = {
    description: "Cannot be imported elsewhere",
    options: { validate: () => ({ value: {} }), toJSONSchema: () => ({ type: "object" }) },
  };

  override process(): void {}
}
