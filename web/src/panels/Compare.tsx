import { useEffect } from "preact/hooks";
import { assetPicture } from "../api/client";
import { controls, styleName, whoIs } from "../state/catalog";
import { axesOf, controlsOf, differing, REST } from "../state/controls";
import * as desk from "../state/desk";
import { rate, stars } from "../state/ratings";
import { show, text, wordsOfControl } from "../strings";
import { Icon } from "../ui/Icon";
import { Stars } from "../ui/Stars";

const ROWS = 14;

/** Escape is meant for a window over the page, or for a field. */
function isElsewhere(target: EventTarget | null): boolean {
  if (document.querySelector("dialog[open], details.keys[open]")) return true;
  return target instanceof Element && target.closest("input, textarea, select") !== null;
}

/** Up to four side by side, with the controls in which they differ most. */
export function Compare() {
  const assets = desk.compared.value;
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || isElsewhere(event.target)) return;
      desk.isComparing.value = false;
      // The keyboard goes back to where it was among the results, once they are there.
      requestAnimationFrame(() => document.querySelector<HTMLElement>(".library .hit[tabindex='0']")?.focus());
    };
    window.addEventListener("keydown", leave);
    return () => window.removeEventListener("keydown", leave);
  }, []);
  // From a link they are a moment on their way.
  if (assets.length < 2) return null;
  const values = assets.map((asset) => controlsOf(asset.coefficients, controls.value));
  const rows = differing(axesOf(controls.value), values).slice(0, ROWS);
  return (
    <div class="compare">
      <table>
        <caption class="unseen">{text.compare.title}</caption>
        <thead>
          <tr>
            <td />
            {assets.map((asset) => (
              <th scope="col" key={asset.id}>
                <button
                  type="button"
                  class="compare-picture"
                  onClick={() => {
                    desk.opened.value = { asset };
                  }}
                >
                  <img class="picture" src={assetPicture(asset.id)} alt={asset.text} width={256} height={256} />
                </button>
                <span class="compare-name">
                  <span title={whoIs(asset)}>{whoIs(asset)}</span>
                  <button
                    type="button"
                    class="button quiet square small"
                    aria-label={text.compare.remove(whoIs(asset))}
                    onClick={() => desk.toggleCompared(asset)}
                  >
                    <Icon name="close" size={15} />
                  </button>
                </span>
                <span class="quiet-text">{styleName(asset.style)}</span>
                <Stars
                  small
                  value={stars.value[asset.id] ?? 0}
                  label={text.rating.of(whoIs(asset))}
                  onChange={(value) => void rate(asset.id, value)}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, control }) => (
            <tr key={name}>
              <th scope="row">{wordsOfControl(name)}</th>
              {assets.map((asset, i) => {
                const value = values[i]?.[control] ?? REST;
                return (
                  <td key={asset.id}>
                    <span class="control-track" aria-hidden="true">
                      <span
                        class="control-fill"
                        style={{ left: `${Math.min(value, REST) * 100}%`, width: `${Math.abs(value - REST) * 100}%` }}
                      />
                      <span class="control-rest" />
                    </span>
                    <span class="compare-value">{show.steps(Math.round((value - REST) * 200))}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="quiet-text">{text.compare.same}</p>}
    </div>
  );
}
