import { expect, test } from "vitest";
import { smooth } from "../src/stage/Overlay";
import { text, wordsOf, wordsOfControl } from "../src/strings";

test("names of coefficients and controls read as words", () => {
  expect(wordsOf("mouthSmileLeft")).toBe("mouth smile, left");
  expect(wordsOf("browInnerUp")).toBe("brow inner up");
  expect(wordsOfControl("mouth_corner_right")).toBe("mouth corner, right");
});

test("numbers are said as people say them", () => {
  expect(text.library.total(30, 2400)).toBe("30 of 2,400");
  expect(text.library.sum(0.5, 0.45, 0.225)).toBe("0.50 × 0.45 = 0.23");
  expect(text.problems.tooLarge(25_300_000)).toContain("25.3 MB");
});

test("an outline is a closed curve, and no outline is nothing", () => {
  expect(
    smooth([
      [0, 0],
      [2, 0],
      [2, 2],
    ]),
  ).toBe("M1.0 1.0Q0 0 1.0 0.0Q2 0 2.0 1.0Q2 2 1.0 1.0Z");
  expect(smooth([])).toBe("");
});
