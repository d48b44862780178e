/** A module that ends every place which imports it. */
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { Actor } from "../../actor/actor.ts";
import { registerActor } from "../../actor/register_actor.ts";
import type { ActorSpec, NoPorts } from "../../actor/spec.ts";

if (!isMainThread || process.send) process.exit(9);

/** An actor whose module ends its place. */
@registerActor({ name: "PlaceImportLeaver", module: import.meta.url })
export class ImportLeaverActor extends Actor<{ options: NoPorts }> {
  static readonly spec: ActorSpec<{ options: NoPorts }> = {
    description: "Cannot be imported elsewhere",
    options: { validate: () => ({ value: {} }), toJSONSchema: () => ({ type: "object" }) },
  };

  override process(): void {}
}
