import { localActors, stopAll } from "@streamlib/core";
await import("./invert.ts");
await new Promise(r=>setTimeout(r,4000));
for (const a of localActors()) console.log(a.uri, JSON.stringify(a.stats, (k,v)=>typeof v==="bigint"?String(v):v));
await stopAll();
