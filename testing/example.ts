/** Sends pictures to readers in another thread and looks whether each arrives whole. */
import { stopAll, ThreadPoolDispatcher } from "@streamlib/core";
import { checkRing } from "./mod.ts";

const dispatcher = new ThreadPoolDispatcher({ workers: 1 });
const report = await checkRing({ readers: [{ dispatcher }, { dispatcher, order: "ordered" }] });
console.log(report.committed, report.readers);
await stopAll();
