// Controls: bipolar axes of the face, 0.5 at rest, each made of one or two coefficients.

import type { Control } from "../api/types";
import type { Asked } from "./arkit";
import { ARKIT } from "./arkit";

export type Values = Readonly<Record<string, number>>;

export const REST = 0.5;

/** The same movement on both sides as one slider: `mouth_corner_left` and `_right` -> `mouth_corner`. */
export interface Axis {
  readonly name: string;
  readonly region: string;
  readonly controls: readonly Control[];
  readonly goesDown: boolean;
}

export function axesOf(controls: readonly Control[]): Axis[] {
  const out = new Map<string, Axis>();
  for (const control of controls) {
    const name = control.name.replace(/_(left|right)$/, "");
    const before = out.get(name);
    out.set(name, {
      name,
      region: control.region,
      controls: [...(before?.controls ?? []), control],
      goesDown: control.low !== null,
    });
  }
  return [...out.values()];
}

/** Less than that nobody sees. */
const SEEN = 0.03;

/** What faces differ in: an axis, or one side of it, and the control that says how far each goes. */
export interface Difference {
  readonly name: string;
  readonly control: string;
}

/** The axes on which faces are apart, the widest first. Left and right that go together in every face are one. */
export function differing(axes: readonly Axis[], faces: readonly Values[]): Difference[] {
  const at = (face: Values, name: string) => face[name] ?? REST;
  const spread = ({ control }: Difference) => {
    const all = faces.map((face) => at(face, control));
    return Math.max(...all) - Math.min(...all);
  };
  return axes
    .flatMap(({ name, controls }) => {
      const [left, right] = controls;
      const isOne =
        left && right && faces.every((face) => Math.abs(at(face, left.name) - at(face, right.name)) <= SEEN);
      return isOne ? [{ name, control: left.name }] : controls.map((one) => ({ name: one.name, control: one.name }));
    })
    .filter((one) => spread(one) > SEEN)
    .sort((a, b) => spread(b) - spread(a));
}

/** Coefficients -> the value of every control. */
export function controlsOf(coefficients: Values, controls: readonly Control[]): Record<string, number> {
  return Object.fromEntries(
    controls.map(({ name, high, low }) => [
      name,
      REST + (coefficients[high] ?? 0) / 2 - (low ? (coefficients[low] ?? 0) / 2 : 0),
    ]),
  );
}

/** A face with some controls set: these are certain, the rest is as certain as the face was (or unknown without one). */
export function withControls(face: Asked | null, values: Values, controls: readonly Control[]): Asked | null {
  const set = controls.filter(({ name }) => values[name] !== undefined);
  if (set.length === 0) return face;
  const coefficients: Record<string, number> = { ...(face?.coefficients ?? {}) };
  const certainty: Record<string, number> = face
    ? { ...face.certainty }
    : Object.fromEntries(ARKIT.map((name) => [name, 0]));
  for (const { name, high, low } of set) {
    const value = values[name] ?? REST;
    coefficients[high] = Math.max(0, 2 * value - 1);
    certainty[high] = 1;
    if (low) {
      coefficients[low] = Math.max(0, 1 - 2 * value);
      certainty[low] = 1;
    }
  }
  // The feeling of the face as it was is no longer that of the face as it is: the service works it out.
  return {
    schema: "mien.expression/1",
    coefficients,
    certainty,
    head: face?.head ?? { yaw_rad: 0, pitch_rad: 0, roll_rad: 0 },
    confidence: 1,
  };
}
