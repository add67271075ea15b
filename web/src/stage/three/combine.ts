// What exported heads say in their extras: what coefficients do to each other before they are added up, and the frame.

export type Coefficients = Readonly<Record<string, number>>;

/** Where all of `when` act together, `add` comes on top, scaled by the least of them. */
export interface Corrective {
  readonly when: readonly string[];
  readonly add: Coefficients;
}

/** Influences of morph targets by name. They may leave 0..1: one shape may take back what another does. */
export function combined(coefficients: Coefficients, correctives: readonly Corrective[]): Record<string, number> {
  const sum: Record<string, number> = { ...coefficients };
  for (const { when, add } of correctives) {
    const amount = Math.min(...when.map((name) => coefficients[name] ?? 0));
    if (amount <= 0) continue;
    for (const [name, value] of Object.entries(add)) sum[name] = (sum[name] ?? 0) + amount * value;
  }
  return sum;
}

/** The correctives in a loaded file's extras; none where there are none, or where they say something else. */
export function correctivesOf(extras: unknown): Corrective[] {
  const found = isRecord(extras) && isRecord(extras.mien) ? extras.mien.correctives : undefined;
  return Array.isArray(found) ? found.filter(isCorrective) : [];
}

/** The lowest and the highest of what a portrait of a loaded file shows, in its own units; undefined where it is usual. */
export function frameOf(extras: unknown): readonly [number, number] | undefined {
  const found = isRecord(extras) && isRecord(extras.mien) ? extras.mien.frame : undefined;
  if (!Array.isArray(found)) return undefined;
  const [bottom, top] = found;
  return typeof bottom === "number" && typeof top === "number" && bottom < top ? [bottom, top] : undefined;
}

function isCorrective(value: unknown): value is Corrective {
  return (
    isRecord(value) &&
    Array.isArray(value.when) &&
    value.when.length > 0 &&
    value.when.every((name) => typeof name === "string") &&
    isRecord(value.add) &&
    Object.values(value.add).every((amount) => typeof amount === "number")
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
