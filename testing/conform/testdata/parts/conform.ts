/** One part of each kind, some of which cannot be checked here. */
import { EventLoopDispatcher, getActor, localActors, SoftwareClock } from "@streamlib/core";
import type { Conformance } from "../../mod.ts";
import { registerLoop } from "../loop_transport.ts";
import { makeRawProvider } from "../raw_provider.ts";

const address = "127.0.0.1";
const data = Array.from({ length: 40 }, (_, value) => ({ value }));

/** What there is. */
export const conformance: Conformance = {
  package: { except: { "package-readme": "it is for tests" } },
  clocks: { Good: { make: () => new SoftwareClock(100) } },
  registries: {
    Local: {
      make: () => ({
        getOrCreate: ({ className, id }, options) => getActor(`actor://local/${className}/${id}`, options),
        list: () => Promise.resolve(localActors().map(({ uri }) => uri)),
      }),
    },
  },
  dispatchers: {
    Here: { make: () => new EventLoopDispatcher() },
    Far: { make: () => new EventLoopDispatcher(), notHere: "it is on another machine" },
  },
  codecProviders: { Raw: { make: makeRawProvider } },
  transports: {
    [registerLoop("none")]: {
      items: { data },
      sendsTo: (port) => ({ address, ...(port === undefined ? {} : { port }) }),
      receivesFrom: (port) => ({ address, port }),
    },
  },
};
