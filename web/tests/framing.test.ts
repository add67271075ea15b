import { expect, test } from "vitest";
import { closeToFace, isSmall, wholePhoto } from "../src/stage/framing";

test("a whole photo touches the frame with its longer side and is centred", () => {
  expect(wholePhoto(200, 100)).toEqual({ left: 0, top: 0.25, width: 1, height: 0.5 });
  expect(wholePhoto(100, 200)).toEqual({ left: 0.25, top: 0, width: 0.5, height: 1 });
});

test("close to a face, the face's middle is the frame's middle", () => {
  const place = closeToFace(1000, 800, [400, 300, 500, 420]);
  expect(place.left + 0.45 * place.width).toBeCloseTo(0.5);
  expect(place.top + (360 / 800) * place.height).toBeCloseTo(0.5);
  expect((120 / 800) * place.height).toBeCloseTo(0.5);
});

test("at the border the photo still fills the frame", () => {
  const place = closeToFace(1000, 800, [0, 0, 100, 120]);
  expect(place.left).toBeCloseTo(0);
  expect(place.top).toBeCloseTo(0);
});

test("a photo is never made smaller than its frame needs", () => {
  const place = closeToFace(300, 200, [0, 0, 300, 200]);
  expect(place.width).toBeCloseTo(1);
  expect(place.top + place.height / 2).toBeCloseTo(0.5);
});

test("a face is small when it takes less than two fifths of the height", () => {
  expect(isSmall(800, 1000, [0, 0, 200, 300])).toBe(true);
  expect(isSmall(1600, 1000, [0, 0, 400, 500])).toBe(true);
  expect(isSmall(800, 1000, [0, 0, 400, 500])).toBe(false);
});
