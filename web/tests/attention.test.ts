import { expect, test } from "vitest";
import { cells } from "../src/stage/Attention";

test("a map's cells lie row by row, and what is hardly looked at is left out", () => {
  expect(cells([0, 255, 10, 51], 2)).toEqual([
    { x: 1, y: 0, share: 1 },
    { x: 1, y: 1, share: 0.2 },
  ]);
});
