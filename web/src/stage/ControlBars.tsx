import type { Control, Style } from "../api/types";
import { controlsOf, REST } from "../state/controls";
import { REGIONS, type Region } from "../state/face";
import { show, text, wordsOfControl } from "../strings";

/** Controls that move less than this are at rest. */
const STILL = 0.02;

/** The face's controls by region, each in the range that the style allows (shaded); rest is the middle line. */
export function ControlBars({
  coefficients,
  controls,
  style,
}: {
  coefficients: Record<string, number>;
  controls: readonly Control[];
  style: Style | undefined;
}) {
  const values = controlsOf(coefficients, controls);
  return (
    <div class="control-bars">
      {REGIONS.map((region) => {
        const [low = 0, high = 1] = style?.ranges[region] ?? [];
        const moving = merged(controls, values, region);
        return (
          <section key={region} class="control-region" aria-label={text.regions[region]}>
            <header>
              <h4>{text.regions[region]}</h4>
              <span class="quiet-text">{text.bars.range(low, high)}</span>
            </header>
            {moving.length === 0 && <p class="quiet-text">{text.reading.still}</p>}
            {moving.map(({ name, value }) => (
              <div class="control-bar" key={name}>
                <span class="control-name">{wordsOfControl(name)}</span>
                <span class="control-track" aria-hidden="true">
                  <span class="control-span" style={{ left: `${low * 100}%`, right: `${(1 - high) * 100}%` }} />
                  <span
                    class="control-fill"
                    style={{ left: `${Math.min(value, REST) * 100}%`, width: `${Math.abs(value - REST) * 100}%` }}
                  />
                  <span class="control-rest" />
                </span>
                <span class="control-value">{show.steps(Math.round((value - REST) * 200))}</span>
              </div>
            ))}
          </section>
        );
      })}
    </div>
  );
}

/** What moves in a region, most first; left and right as one where they agree. */
function merged(controls: readonly Control[], values: Record<string, number>, region: Region) {
  const out: { name: string; value: number }[] = [];
  for (const { name } of controls.filter((one) => one.region === region)) {
    const value = values[name] ?? REST;
    const stem = name.replace(/_(left|right)$/, "");
    const twin = values[name.endsWith("_left") ? `${stem}_right` : `${stem}_left`];
    const isPair = stem !== name && twin !== undefined && Math.abs(twin - value) < 0.025;
    if (Math.abs(value - REST) < STILL || (isPair && name.endsWith("_right"))) continue;
    out.push({ name: isPair ? stem : name, value });
  }
  return out.sort((a, b) => Math.abs(b.value - REST) - Math.abs(a.value - REST));
}
