/** What was read, drawn over the photo: outlines of face, eyes, brows and lips, in the photo's own pixels. */
export function Overlay({ width, height, contours }: { width: number; height: number; contours: number[][][] }) {
  return (
    <svg class="overlay" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {contours.map((line, i) => {
        const d = smooth(line);
        return (
          <g key={i}>
            <path class="overlay-edge" d={d} />
            <path class="overlay-line" d={d} />
          </g>
        );
      })}
    </svg>
  );
}

/** A closed curve through the middles of a polygon's sides, each corner being the control point. */
export function smooth(line: readonly (readonly number[])[]): string {
  const points = line.map(([x = 0, y = 0]) => ({ x, y }));
  const last = points.at(-1);
  const first = points[0];
  if (!first || !last) return "";
  const middle = (a: { x: number; y: number }, b: { x: number; y: number }) =>
    `${((a.x + b.x) / 2).toFixed(1)} ${((a.y + b.y) / 2).toFixed(1)}`;
  const curves = points.map((point, i) => {
    const next = points[(i + 1) % points.length] ?? first;
    return `Q${point.x} ${point.y} ${middle(point, next)}`;
  });
  return `M${middle(last, first)}${curves.join("")}Z`;
}
