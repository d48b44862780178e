/**
 * What the demo draws over the picture. Each function is sent to the drawing thread as text, so it uses nothing but its
 * arguments.
 *
 * @module
 */
import type { DrawContext, DrawInfo } from "@streamlib/drawing";

/** A clock with frame number; for a canvas of 480 × 96 times the picture's scale. */
export function drawClock(context: DrawContext, info: DrawInfo): void {
  const unit = info.height / 96;
  const frames = Math.floor((info.frameNumber * info.rate.den) / info.rate.num);
  const two = (value: number): string => String(value).padStart(2, "0");
  const fps = Math.round(info.rate.num / info.rate.den);
  const text = `${two(Math.floor(frames / 3600))}:${two(Math.floor(frames / 60) % 60)}:${two(frames % 60)}` +
    `:${two(info.frameNumber % fps)}`;
  context.fillStyle = "rgba(8, 12, 20, 0.72)";
  context.beginPath();
  context.roundRect(0, 0, info.width, info.height, 14 * unit);
  context.fill();
  context.fillStyle = "#ffffff";
  context.font = `600 ${58 * unit}px Roboto`;
  context.textBaseline = "middle";
  context.fillText(text, 32 * unit, info.height / 2 + 3 * unit);
  const angle = ((info.frameNumber % fps) / fps) * Math.PI * 2 - Math.PI / 2;
  context.strokeStyle = "#35c4ff";
  context.lineWidth = 6 * unit;
  context.beginPath();
  context.arc(info.width - 56 * unit, info.height / 2, 28 * unit, -Math.PI / 2, angle);
  context.stroke();
}

/** A lower third with a title and a line below it; for a canvas of 960 × 160 times the picture's scale. */
export function drawLowerThird(context: DrawContext, info: DrawInfo): void {
  const unit = info.height / 160;
  const { title, subtitle } = info.parameters as { title: string; subtitle: string };
  const shade = context.createLinearGradient(0, 0, info.width, 0);
  shade.addColorStop(0, "rgba(8, 12, 20, 0.86)");
  shade.addColorStop(0.7, "rgba(8, 12, 20, 0.62)");
  shade.addColorStop(1, "rgba(8, 12, 20, 0)");
  context.fillStyle = shade;
  context.fillRect(0, 0, info.width, info.height);
  context.fillStyle = "#35c4ff";
  context.fillRect(0, 0, 10 * unit, info.height);
  context.textBaseline = "alphabetic";
  context.fillStyle = "#ffffff";
  context.font = `700 ${58 * unit}px Roboto`;
  context.fillText(title, 44 * unit, 76 * unit);
  context.fillStyle = "#c8d4e4";
  context.font = `400 ${34 * unit}px Roboto`;
  context.fillText(subtitle, 44 * unit, 128 * unit);
}
