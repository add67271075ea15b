// The map of the library: its points, asked once, and which of them a lasso holds.

import { effect } from "@preact/signals";
import * as api from "../api/client";
import type { Space } from "../api/types";
import { area, areaIds } from "./query";
import { latest } from "./task";

const asker = latest<Space>();
export const space = asker.task;

export function loadSpace(): Promise<void> {
  return asker.run(() => api.space());
}

export type Point = readonly [number, number];

/** Is a point inside a closed polygon? (Even-odd rule.) */
export function isInside([x, y]: Point, corners: readonly Point[]): boolean {
  let inside = false;
  for (const [i, [x1, y1]] of corners.entries()) {
    const [x2, y2] = corners[(i + corners.length - 1) % corners.length] ?? [0, 0];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

export function idsInside(points: Space, corners: readonly Point[]): string[] {
  return points.ids.filter((_, i) => isInside([points.x[i] ?? 0, points.y[i] ?? 0], corners));
}

/** A hand-drawn line with no more corners than an address can hold. */
export function simplified(line: readonly Point[], most = 28): Point[] {
  if (line.length <= most) return [...line];
  return Array.from({ length: most }, (_, i) => line[Math.floor((i * line.length) / most)] as Point);
}

/** Keep the ids inside the lasso true, and fetch the map when an address brings a lasso along. Returns how to stop. */
export function follow(): () => void {
  return effect(() => {
    const corners = area.value;
    if (!corners) {
      areaIds.value = [];
      return;
    }
    if (space.value.status === "done") areaIds.value = idsInside(space.value.value, corners);
    else if (space.value.status === "idle") void loadSpace();
  });
}
