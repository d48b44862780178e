import { PTPClock } from "../core/mod.ts";
const [ms, ...rest] = Deno.args;
const clock = new PTPClock(59.94, JSON.parse(rest[0] ?? "{}"));
for (const name of ["state","master","step","timescale","timeout"] as const) clock.on(name, (e) => console.error(name, JSON.stringify(e, (_, v) => typeof v === "bigint" ? v.toString(16) : v)));
const until = Date.now() + Number(ms);
let tick;
while (Date.now() < until) { tick = await clock.nextTick(tick); 
 const m = process_hr();
 console.log(`${tick.taiFrame} ${m} ${tick.latenessNs} ${clock.state} ${tick.discontinuity} ${tick.missed} ${tick.frameNumber}`); }
clock.close();
function process_hr() { return (performance.timeOrigin*1e6 + performance.now()*1e6).toFixed(0); }
