// The 52 coefficients in ARKit's order, an expression as part of an address, and curves as Live Link Face writes them.

import type { Expression, ExpressionGiven } from "../api/types";
import { EMOTIONS } from "./face";

const SIDED = (name: string) => [`${name}Left`, `${name}Right`];
const EYE = ["Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide"];

export const ARKIT: readonly string[] = [
  ...EYE.map((what) => `eye${what}Left`),
  ...EYE.map((what) => `eye${what}Right`),
  ...["jawForward", "jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker"],
  ...SIDED("mouth"),
  ...["Smile", "Frown", "Dimple", "Stretch"].flatMap((what) => SIDED(`mouth${what}`)),
  ...["mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"],
  ...["Press", "LowerDown", "UpperUp"].flatMap((what) => SIDED(`mouth${what}`)),
  ...SIDED("browDown"),
  "browInnerUp",
  ...SIDED("browOuterUp"),
  "cheekPuff",
  ...SIDED("cheekSquint"),
  ...SIDED("noseSneer"),
  "tongueOut",
];

type Head = Expression["head"];
/** What is sent to the service, with everything that an address can carry. */
export type Asked = ExpressionGiven & { coefficients: Record<string, number>; certainty: Record<string, number> };

const FELT = EMOTIONS.length;
const BYTES = 2 * ARKIT.length + FELT + 3 + 3;

/** 118 bytes as 158 characters that an address may hold: every number to 1/255, angles to a degree and a half. */
export function encodeExpression(expression: Asked): string {
  const unit = (value: number) => Math.round(255 * Math.max(0, Math.min(1, value)));
  const felt = expression.emotion;
  const head = expression.head;
  const bytes = [
    ...ARKIT.map((name) => unit(expression.coefficients[name] ?? 0)),
    ...ARKIT.map((name) => unit(expression.certainty[name] ?? 1)),
    ...EMOTIONS.map((name) => unit(felt?.probabilities[name] ?? 0)),
    unit(((felt?.valence ?? 0) + 1) / 2),
    unit(((felt?.arousal ?? 0) + 1) / 2),
    unit(felt?.intensity ?? 0),
    ...[head?.yaw_rad ?? 0, head?.pitch_rad ?? 0, head?.roll_rad ?? 0].map((a) => unit((a / Math.PI + 1) / 2)),
  ];
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** Inverse of `encodeExpression`; null for anything else. */
export function decodeExpression(text: string): Asked | null {
  let bytes: number[];
  try {
    bytes = [...atob(text.replaceAll("-", "+").replaceAll("_", "/"))].map((letter) => letter.charCodeAt(0) / 255);
  } catch {
    return null;
  }
  if (bytes.length !== BYTES) return null;
  const at = (i: number) => bytes[i] ?? 0;
  const count = ARKIT.length;
  const total = EMOTIONS.reduce((sum, _, i) => sum + at(2 * count + i), 0);
  const signed = (i: number) => Math.round((2 * at(i) - 1) * 200) / 200;
  const angle = (i: number) => (Math.abs(at(i) - 128 / 255) < 1e-6 ? 0 : (2 * at(i) - 1) * Math.PI);
  const rest = 2 * count + FELT;
  return {
    schema: "mien.expression/1",
    coefficients: Object.fromEntries(ARKIT.map((name, i) => [name, at(i)])),
    certainty: Object.fromEntries(ARKIT.map((name, i) => [name, at(count + i)])),
    ...(total > 0.1
      ? {
          emotion: {
            probabilities: Object.fromEntries(EMOTIONS.map((name, i) => [name, at(2 * count + i) / total])),
            valence: signed(rest),
            arousal: signed(rest + 1),
            intensity: at(rest + 2),
          },
        }
      : {}),
    head: { yaw_rad: angle(rest + 3), pitch_rad: angle(rest + 4), roll_rad: angle(rest + 5) },
    confidence: 1,
  };
}

const ANGLES = ["HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll"];
const MORE_ANGLES = ["RightEyeYaw", "RightEyePitch", "RightEyeRoll"];

/** One frame as Live Link Face writes it: what Unreal, Unity and Blender add-ons read. */
export function arkitCsv(coefficients: Record<string, number>, head: Head): string {
  const title = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
  const names = ["Timecode", "BlendShapeCount", ...ARKIT.map(title), ...ANGLES, ...MORE_ANGLES];
  const angles = [head.yaw_rad, head.pitch_rad, head.roll_rad, 0, 0, 0, 0, 0, 0];
  const numbers = [...ARKIT.map((name) => coefficients[name] ?? 0), ...angles];
  return `${names.join(",")}\n00:00:00:00.000,${numbers.length},${numbers.map((n) => n.toFixed(8)).join(",")}\n`;
}
