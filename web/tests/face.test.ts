import { expect, test } from "vitest";
import { regionOf, strongest, topEmotion } from "../src/state/face";

test("every coefficient and control belongs to one of the four regions", () => {
  expect(["jawOpen", "mouthSmileLeft", "tongueOut", "upper_lip_raise_left", "lips_together"].map(regionOf)).toEqual(
    Array(5).fill("mouth"),
  );
  expect(["eyeBlinkLeft", "lid_left", "gaze_outward_right"].map(regionOf)).toEqual(["eye", "eye", "eye"]);
  expect(["browInnerUp", "brow_left"].map(regionOf)).toEqual(["brow", "brow"]);
  expect(["cheekPuff", "noseSneerLeft", "nose_sneer_left", "cheek_raise_left"].map(regionOf)).toEqual(
    Array(4).fill("cheek"),
  );
});

test("left and right are one bar when they agree and two when they do not", () => {
  const { mouth, eye, brow } = strongest({
    mouthSmileLeft: 0.8,
    mouthSmileRight: 0.84,
    eyeBlinkLeft: 0.9,
    eyeBlinkRight: 0.1,
    jawOpen: 0.3,
    browInnerUp: 0.05,
  });
  expect(mouth.map((one) => one.name)).toEqual(["mouthSmile", "jawOpen"]);
  expect(mouth[0]?.value).toBeCloseTo(0.82);
  expect(eye).toEqual([
    { name: "eyeBlinkLeft", value: 0.9 },
    { name: "eyeBlinkRight", value: 0.1 },
  ]);
  expect(brow).toEqual([]);
});

test("only the strongest of a region are kept", () => {
  const { mouth } = strongest({ jawOpen: 0.9, mouthPucker: 0.8, mouthFunnel: 0.7, mouthClose: 0.6 }, { perRegion: 2 });
  expect(mouth.map((one) => one.name)).toEqual(["jawOpen", "mouthPucker"]);
});

test("the likeliest emotion wins, and nothing felt is neutral", () => {
  const felt = { valence: 0, arousal: 0, intensity: 0 };
  expect(topEmotion({ ...felt, probabilities: { neutral: 0.2, fear: 0.5, surprise: 0.3 } })).toBe("fear");
  expect(topEmotion({ ...felt, probabilities: {} })).toBe("neutral");
});
