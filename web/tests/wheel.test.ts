import { expect, test } from "vitest";
import { mixAt, type Place, type Places, placeOf } from "../src/state/wheel";

const at = (valence: number, arousal: number): Place => ({ valence, arousal });
const places: Places = {
  neutral: at(0, 0),
  happiness: at(0.85, 0.45),
  sadness: at(-0.75, -0.45),
  anger: at(-0.5, 0.75),
  surprise: at(0.15, 0.85),
  fear: at(-0.65, 0.75),
  disgust: at(-0.65, 0.35),
  contempt: at(-0.5, 0.15),
};

test("at a feeling's own place it is that feeling and nothing else", () => {
  for (const [name, place] of Object.entries(places)) {
    if (name !== "neutral") expect(mixAt(place, places)).toEqual({ [name]: 1 });
  }
  expect(mixAt(at(0, 0), places)).toEqual({});
});

test("between two feelings the mix leads back to the place", () => {
  for (const place of [at(0.5, 0.6), at(0.2, 0.3), at(-0.5, 0.3), at(-0.4, -0.1), at(-0.2, 0.6)]) {
    const mix = mixAt(place, places);
    expect(Object.keys(mix).length).toBeLessThanOrEqual(2);
    const back = placeOf(mix, places);
    expect(Math.hypot(back.valence - place.valence, back.arousal - place.arousal)).toBeLessThan(0.03);
  }
});

test("outside of what feelings reach nothing adds up to more than all of it", () => {
  for (let turn = 0; turn < 6.3; turn += 0.1) {
    const mix = mixAt(at(Math.cos(turn), Math.sin(turn)), places);
    const total = Object.values(mix).reduce((sum, share) => sum + share, 0);
    expect(total).toBeLessThanOrEqual(1.011);
    expect(Math.min(1, ...Object.values(mix))).toBeGreaterThan(0);
  }
});
