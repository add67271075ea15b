import type { Style } from "../api/types";
import { REGIONS, regionOf } from "../state/face";
import { text } from "../strings";

/** Per region: how far the style lets it go (shaded), and where the face is in that (marks; rest is the middle). */
export function Ranges({ style, controls }: { style: Style; controls: Record<string, number> }) {
  return (
    <div class="ranges" title={text.stage.rangeWhy}>
      {REGIONS.map((region) => {
        const [low = 0, high = 1] = style.ranges[region] ?? [];
        const label = text.regions[region] ?? region;
        return (
          <div class="range" key={region}>
            <span class="range-label">{text.regionsShort[region] ?? label}</span>
            <span class="range-track" role="img" aria-label={text.stage.rangeOf(label, low, high)}>
              <span class="range-span" style={{ left: `${low * 100}%`, right: `${(1 - high) * 100}%` }} />
              <span class="range-rest" />
              {Object.entries(controls)
                .filter(([name, value]) => regionOf(name) === region && Math.abs(value - 0.5) > 0.02)
                .map(([name, value]) => (
                  <span class="range-mark" key={name} style={{ left: `${value * 100}%` }} />
                ))}
            </span>
          </div>
        );
      })}
    </div>
  );
}
