/** One colour over the whole picture. */
import type { YcbcrColor } from "./color.ts";
import { type Pattern, StillPattern } from "./pattern.ts";
import { picturePlanes, type PictureSize } from "./picture.ts";

/** Makes a picture of one colour. */
export function solidPattern(size: PictureSize, color: YcbcrColor): Pattern {
  return new StillPattern(size, (words) => {
    const planes = picturePlanes(words, size);
    planes.y.fill(color.y);
    planes.cb.fill(color.cb);
    planes.cr.fill(color.cr);
  });
}
