// What is known about faces without asking: the eight emotions and the four regions.

import type { Emotion } from "../api/types";

export const EMOTIONS = [
  "neutral",
  "happiness",
  "sadness",
  "anger",
  "surprise",
  "fear",
  "disgust",
  "contempt",
] as const;

export const REGIONS = ["mouth", "eye", "brow", "cheek"] as const;
export type Region = (typeof REGIONS)[number];

/** Below this confidence a reading is shown as a guess. */
export const GUESS_BELOW = 0.3;

/** The region of a coefficient (`eyeBlinkLeft`) or of a control (`lid_left`). */
export function regionOf(name: string): Region {
  if (/^(eye|lid|gaze)/.test(name)) return "eye";
  if (name.startsWith("brow")) return "brow";
  if (/^(cheek|nose)/.test(name)) return "cheek";
  return "mouth";
}

export function topEmotion(emotion: Emotion): string {
  let top = "neutral";
  for (const [name, share] of Object.entries(emotion.probabilities)) {
    if (share > (emotion.probabilities[top] ?? 0)) top = name;
  }
  return top;
}

/** The strongest coefficients of each region, strongest first, left and right as one where they agree. */
export function strongest(
  coefficients: Record<string, number>,
  { perRegion = 3, above = 0.08 }: { perRegion?: number; above?: number } = {},
): Record<Region, { name: string; value: number }[]> {
  const out: Record<Region, { name: string; value: number }[]> = { mouth: [], eye: [], brow: [], cheek: [] };
  for (const [name, value] of Object.entries(merged(coefficients))) {
    if (value > above) out[regionOf(name)].push({ name, value });
  }
  for (const region of REGIONS) {
    out[region] = out[region].sort((a, b) => b.value - a.value).slice(0, perRegion);
  }
  return out;
}

function merged(coefficients: Record<string, number>): Record<string, number> {
  const out: Record<string, number> = {};
  for (const [name, value] of Object.entries(coefficients)) {
    const other = name.endsWith("Left") ? coefficients[`${name.slice(0, -4)}Right`] : undefined;
    const twin = name.endsWith("Right") ? coefficients[`${name.slice(0, -5)}Left`] : undefined;
    if (other !== undefined && Math.abs(other - value) < 0.1) out[name.slice(0, -4)] = (value + other) / 2;
    else if (twin === undefined || Math.abs(twin - value) >= 0.1) out[name] = value;
  }
  return out;
}
