// Where to put a photo inside a square frame: the whole of it, or close to one face.

export interface Placement {
  /** Shares of the frame's side. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function wholePhoto(width: number, height: number): Placement {
  const scale = 1 / Math.max(width, height);
  const w = width * scale;
  const h = height * scale;
  return { left: (1 - w) / 2, top: (1 - h) / 2, width: w, height: h };
}

/** Heights of the face that fill the frame. */
const FACE_HEIGHTS = 2;

export function closeToFace(width: number, height: number, box: readonly number[]): Placement {
  const [left = 0, top = 0, right = width, bottom = height] = box;
  const whole = Math.max(width, height);
  const side = Math.min(whole, Math.max(right - left, bottom - top) * FACE_HEIGHTS);
  const x = inside((left + right) / 2 - side / 2, width - side);
  const y = inside((top + bottom) / 2 - side / 2, height - side);
  return { left: -x / side, top: -y / side, width: width / side, height: height / side };
}

/** Keep the frame on the photo; where the photo is narrower than the frame, centre it. */
function inside(start: number, room: number): number {
  return room < 0 ? room / 2 : Math.max(0, Math.min(room, start));
}

/** Is the face so small where the whole photo is shown that one would lean closer? */
export function isSmall(width: number, height: number, box: readonly number[]): boolean {
  const [, top = 0, , bottom = height] = box;
  return (bottom - top) / Math.max(width, height) < 0.4;
}

export function percent(placement: Placement): Record<"left" | "top" | "width" | "height", string> {
  const of = (share: number) => `${(share * 100).toFixed(3)}%`;
  return {
    left: of(placement.left),
    top: of(placement.top),
    width: of(placement.width),
    height: of(placement.height),
  };
}
