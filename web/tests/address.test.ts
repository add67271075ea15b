import { expect, test } from "vitest";
import { read, type Written, write } from "../src/state/address";
import { ARKIT, type Asked, arkitCsv, decodeExpression, encodeExpression } from "../src/state/arkit";
import { axesOf, controlsOf, withControls } from "../src/state/controls";
import { batches } from "../src/state/jobs";
import { isInside, simplified } from "../src/state/space";

const face: Asked = {
  schema: "mien.expression/1",
  coefficients: Object.fromEntries(ARKIT.map((name, i) => [name, (i % 6) / 5])),
  certainty: Object.fromEntries(ARKIT.map((name) => [name, name === "tongueOut" ? 0 : 1])),
  emotion: { probabilities: { happiness: 0.8, surprise: 0.2 }, valence: 0.7, arousal: 0.5, intensity: 0.9 },
  head: { yaw_rad: 0.3, pitch_rad: 0, roll_rad: -0.1 },
  confidence: 1,
};

const all: Written = {
  words: "smug, half smile: one brow up",
  emotion: { happiness: 0.7, contempt: 0.3 },
  sliders: { jaw_open: 0.8 },
  look: "anime",
  face,
  like: "abc",
  unlike: "def",
  styles: ["anime", "cartoon"],
  characters: ["mika"],
  tags: ["hero shot", "a,b"],
  minRating: 3,
  area: [
    [0.1, 0.2],
    [-0.3, 0.4],
    [0.5, -0.6],
  ],
  weights: { emotion: 0.9, look: 0 },
  forWhom: "mika",
  grouped: true,
  view: "map",
  opened: "abc",
  compared: ["abc", "ghi"],
  comparing: true,
};

test("an address gives back all that was written into it", () => {
  const { face: back, ...rest } = read(write(all));
  const { face: _, ...given } = all;
  expect(rest).toEqual(given);
  expect(back?.coefficients.browInnerUp).toBeCloseTo(face.coefficients.browInnerUp ?? 0, 2);
  // What was read from an address is written the same, so that it stays put.
  expect(write(read(write(all)))).toBe(write(all));
});

test("nothing asked is no address, and nonsense is nothing asked", () => {
  expect(write(read(""))).toBe("");
  expect(write(read("?face=nonsense&view=kitchen&feel=joy&stars=99&area=1_x&set=:,a:9"))).toBe("");
  expect(write(read("?feel=joy:0.5,anger:0.5"))).toBe("?feel=anger:0.5");
  expect(write(read("?compare=a,b,c,d,e"))).toBe("?compare=a,b,c,d");
  expect(write(read("?compare=a&beside=yes"))).toBe("?compare=a");
});

test("a face in an address keeps shapes, feeling, head and what was not seen", () => {
  const text = encodeExpression(face);
  expect(text.length).toBeLessThan(170);
  const back = decodeExpression(text);
  expect(back?.certainty.tongueOut).toBe(0);
  expect(back?.emotion?.probabilities.happiness).toBeCloseTo(0.8, 2);
  expect(back?.head?.yaw_rad).toBeCloseTo(0.3, 1);
  expect(back?.head?.pitch_rad).toBe(0);
  expect(encodeExpression(back as Asked)).toBe(text);
});

test("curves are written as Live Link Face does", () => {
  const [header = "", row = ""] = arkitCsv({ mouthSmileLeft: 0.5 }, { yaw_rad: 0.1, pitch_rad: 0, roll_rad: 0 }).split(
    "\n",
  );
  const names = header.split(",");
  const values = row.split(",");
  expect(names.slice(0, 3)).toEqual(["Timecode", "BlendShapeCount", "EyeBlinkLeft"]);
  expect(values[1]).toBe("61");
  expect(names.length).toBe(values.length);
  expect(Number(values[names.indexOf("MouthSmileLeft")])).toBe(0.5);
  expect(Number(values[names.indexOf("HeadYaw")])).toBeCloseTo(0.1);
});

const controls = [
  { name: "mouth_corner_left", region: "mouth", high: "mouthSmileLeft", low: "mouthFrownLeft" },
  { name: "mouth_corner_right", region: "mouth", high: "mouthSmileRight", low: "mouthFrownRight" },
  { name: "jaw_open", region: "mouth", high: "jawOpen", low: null },
];

test("sliders ask about what they move and nothing else; over a face they prevail", () => {
  const alone = withControls(null, { mouth_corner_left: 0.9 }, controls);
  expect(alone?.coefficients.mouthSmileLeft).toBeCloseTo(0.8);
  expect(alone?.certainty.mouthFrownLeft).toBe(1);
  expect(alone?.certainty.jawOpen).toBe(0);
  expect(controlsOf(alone?.coefficients ?? {}, controls).mouth_corner_left).toBeCloseTo(0.9);
  const over = withControls(face, { jaw_open: 0.5 }, controls);
  expect(over?.coefficients.jawOpen).toBe(0);
  expect(over?.coefficients.browInnerUp).toBe(face.coefficients.browInnerUp);
  expect(withControls(face, {}, controls)).toBe(face);
  expect(axesOf(controls).map(({ name, controls: own }) => [name, own.length])).toEqual([
    ["mouth_corner", 2],
    ["jaw_open", 1],
  ]);
});

test("a lasso holds what is inside it, and an address holds the lasso", () => {
  const square = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ] as const;
  expect(isInside([0.5, 0.5], square)).toBe(true);
  expect(isInside([1.5, 0.5], square)).toBe(false);
  const circle = Array.from({ length: 300 }, (_, i) => [Math.cos(i / 48), Math.sin(i / 48)] as const);
  expect(simplified(circle).length).toBe(28);
});

test("pictures go up in batches that the service takes", () => {
  const files = Array.from({ length: 450 }, () => ({ size: 100_000 }));
  expect(batches(files).every((batch) => batch.length <= 200)).toBe(true);
  expect(batches(files).flat().length).toBe(450);
  expect(batches([{ size: 15e6 }, { size: 15e6 }]).length).toBe(2);
});
