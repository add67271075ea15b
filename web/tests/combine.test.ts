import { expect, test } from "vitest";
import { combined, correctivesOf, frameOf } from "../src/stage/three/combine";

const LIDS = { when: ["eyeBlinkLeft", "eyeSquintLeft"], add: { eyeSquintLeft: -0.9 } };

test("a corrective comes on top, scaled by the least of what calls for it", () => {
  const sum = combined({ eyeBlinkLeft: 0.5, eyeSquintLeft: 0.8, jawOpen: 0.3 }, [LIDS]);
  expect(sum.eyeSquintLeft).toBeCloseTo(0.8 - 0.45);
  expect(sum.eyeBlinkLeft).toBe(0.5);
  expect(sum.jawOpen).toBe(0.3);
});

test("a corrective does nothing while one of its coefficients rests", () => {
  expect(combined({ eyeBlinkLeft: 1 }, [LIDS])).toEqual({ eyeBlinkLeft: 1 });
});

test("correctives come from a file's extras, and only whole ones", () => {
  const extras = { mien: { id: "elena", correctives: [LIDS, { when: [], add: {} }, { when: "jawOpen" }, null] } };
  expect(correctivesOf(extras)).toEqual([LIDS]);
  expect(correctivesOf({})).toEqual([]);
  expect(correctivesOf(undefined)).toEqual([]);
});

test("a file says what a portrait of it shows, if it is more or less than usual", () => {
  expect(frameOf({ mien: { frame: [-2.2, 1.9] } })).toEqual([-2.2, 1.9]);
  for (const odd of [
    undefined,
    {},
    { mien: {} },
    { mien: { frame: [1] } },
    { mien: { frame: [2, 1] } },
    { mien: { frame: "all" } },
  ]) {
    expect(frameOf(odd)).toBeUndefined();
  }
});
