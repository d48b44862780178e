/** The page of the display. */
import { loadImage } from "@napi-rs/canvas";
import { WebDisplayActor } from "@streamlib/display";
import { TestPatternActor } from "@streamlib/video";
import { openBrowser } from "../../../plugins/display/testing/browser.ts";
import { until } from "./run.ts";
import { SHEET, Sheet } from "./sheet.ts";

/** A browser that shows it. */
export async function webDisplay(): Promise<Sheet> {
  const bars = new TestPatternActor({ width: 768, height: 320, fps: 25 });
  const display = bars.pipe(new WebDisplayActor({ title: "Studio 1" }));
  await display.ready;
  await using browser = await openBrowser();
  const page = await browser.newPage({ viewport: SHEET });
  await page.goto((await display.address()).url);
  let coded = 0;
  const look = setInterval(() => void display.counters().then(({ encoded }) => coded = encoded), 100);
  await until(() => coded > 60, "60 pictures in the page");
  clearInterval(look);
  const shot = await page.screenshot({ type: "png" });
  const sheet = new Sheet();
  sheet.context.drawImage(await loadImage(shot), 0, 0);
  return sheet;
}
