import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { assetPicture } from "../api/client";
import { styleName, whoIs } from "../state/catalog";
import * as desk from "../state/desk";
import * as query from "../state/query";
import { lanes } from "../state/results";
import { show, text } from "../strings";
import { Trouble } from "../ui/Trouble";
import { acts, CellCompare, HitStars, hitClass } from "./HitGrid";

/** Style -> the place in its lane that Tab comes to: one stop a lane, and arrows within it. */
const stops = signal<Readonly<Record<string, number>>>({});

/** One row for each style: how the same expression looks across them. */
export function Lanes() {
  const now = lanes.value;
  const before = focused();
  useLayoutEffect(() => {
    // A hit that is ranked anew is moved, and what is moved loses the keyboard; so does one that is found no more.
    if (!before || focused()?.hit === before.hit) return;
    const hits = hitsOf(document.querySelectorAll(".lane-hits")[before.lane]);
    const next = hits.find((one) => one.dataset.id === before.hit) ?? hits[0];
    next?.focus({ preventScroll: true });
  });
  if (now.status === "failed") return <Trouble problem={now.problem} />;
  return (
    <div class={now.status === "busy" ? "lanes busy" : "lanes"}>
      {(now.value ?? []).map(({ style, hits, total }) => (
        <section key={style} class="lane" aria-label={styleName(style)}>
          <header class="lane-head">
            <h3>{styleName(style)}</h3>
            <span class="quiet-text">{text.library.total(hits.length, total)}</span>
          </header>
          {hits.length === 0 && <p class="quiet-text">{text.library.empty}</p>}
          <ol
            class="lane-hits"
            onKeyDown={(event) => {
              const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
              const down = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
              const all = hitsOf(event.currentTarget);
              const at = all.indexOf(document.activeElement as HTMLElement);
              if (step && at >= 0) {
                all[at + step]?.focus();
                event.preventDefault();
              } else if (down && at >= 0) {
                // To the same place in the style above or below, or to its last.
                const lanes = [...document.querySelectorAll(".lane-hits")].map(hitsOf).filter((one) => one.length > 0);
                const next = lanes[lanes.findIndex((one) => one[0] === all[0]) + down];
                next?.[Math.min(at, next.length - 1)]?.focus();
                event.preventDefault();
              } else if (at >= 0 && acts(event, hits[at])) event.preventDefault();
            }}
          >
            {hits.map((hit, i) => (
              <li key={hit.asset.id} class="cell">
                <button
                  type="button"
                  data-id={hit.asset.id}
                  tabIndex={i === Math.min(stops.value[style] ?? 0, hits.length - 1) ? 0 : -1}
                  onFocus={() => {
                    stops.value = { ...stops.value, [style]: i };
                  }}
                  class={hitClass(hit.asset.id)}
                  onClick={() => desk.open(hit)}
                >
                  <img
                    class="picture thumb"
                    src={assetPicture(hit.asset.id, 224)}
                    alt={hit.asset.text}
                    width={224}
                    height={224}
                    loading="lazy"
                    decoding="async"
                  />
                  <span class="hit-line">
                    <span class="hit-name">{whoIs(hit.asset)}</span>
                    {query.isScored.value && <span class="hit-score">{show.decimal(hit.score)}</span>}
                  </span>
                  <span class="hit-style">
                    <HitStars id={hit.asset.id} />
                  </span>
                </button>
                <CellCompare asset={hit.asset} />
              </li>
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

/** Which lane and hit the keyboard is at, if it is at one. */
function focused(): { readonly lane: number; readonly hit: string | undefined } | null {
  const at = document.activeElement;
  const lane = [...document.querySelectorAll(".lane-hits")].findIndex((one) => one.contains(at));
  return at instanceof HTMLElement && lane >= 0 ? { lane, hit: at.dataset.id } : null;
}

function hitsOf(lane: Element | undefined): HTMLElement[] {
  return [...(lane?.querySelectorAll<HTMLElement>("button.hit") ?? [])];
}
