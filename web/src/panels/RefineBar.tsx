import { signal } from "@preact/signals";
import { assetPicture } from "../api/client";
import { casts, characterOf, criteria, library, styleName } from "../state/catalog";
import * as desk from "../state/desk";
import * as learning from "../state/learning";
import { remembered } from "../state/memory";
import { production } from "../state/production";
import * as query from "../state/query";
import { rejected, stars } from "../state/ratings";
import { results } from "../state/results";
import { show, text } from "../strings";
import { FoldHead } from "../ui/Fold";
import { Icon } from "../ui/Icon";
import { LearnedDialog, Teaching } from "./Teaching";

const MOST = 1;
const isOpen = remembered("mien.refine", true);
const isTold = signal(false);

/** How much each criterion counts, whom the shot is for, and what was said of hits. */
export function RefineBar() {
  const changed = Object.keys(query.weights.value).length;
  const tookMs = results.value.value?.tookMs;
  const liked = Object.values(stars.value).filter((one) => one > 0).length;
  return (
    <section class={isOpen.value ? "refine" : "refine folded"} aria-labelledby="refine-title">
      <header class="refine-head">
        <FoldHead id="refine-title" title={text.refine.title} isOpen={isOpen} />
        {tookMs !== undefined && <p class="quiet-text refine-took">{text.refine.took(tookMs)}</p>}
        {(liked > 0 || rejected.value.length > 0) && (
          <p class="quiet-text taught">
            <span>{text.refine.taught(liked, rejected.value.length)}</span>
          </p>
        )}
        <ul class="tray" aria-label={text.compare.tray}>
          {desk.compared.value.map((asset) => (
            <li key={asset.id}>
              <button
                type="button"
                class="tray-one"
                aria-label={text.compare.remove(asset.text)}
                title={text.compare.remove(asset.text)}
                onClick={() => desk.toggleCompared(asset)}
              >
                <img src={assetPicture(asset.id, 64)} alt="" width={28} height={28} />
              </button>
            </li>
          ))}
        </ul>
        <div class="refine-for">
          <Productions />
          <label class="for-whom">
            <span>{text.refine.forWhom}</span>
            <span class="select">
              <select
                value={query.forWhom.value}
                onChange={(event) => {
                  query.forWhom.value = event.currentTarget.value;
                }}
              >
                <option value="">{text.library.anyCharacter}</option>
                {query.forWhom.value && casts.value.length > 0 && !characterOf(query.forWhom.value) && (
                  <option value={query.forWhom.value}>{query.forWhom.value}</option>
                )}
                {casts.value.map(({ style, characters }) => (
                  <optgroup key={style.id} label={styleName(style.id)}>
                    {characters.map((one) => (
                      <option key={one.id} value={one.id}>
                        {one.name}
                      </option>
                    ))}
                  </optgroup>
                ))}
              </select>
              <Icon name="down" size={14} />
            </span>
          </label>
          <button
            type="button"
            class="button small quiet square"
            title={text.refine.usual}
            disabled={changed === 0}
            onClick={() => {
              query.weights.value = {};
            }}
          >
            <Icon name="reset" size={15} />
            <span class="unseen">{text.refine.usual}</span>
          </button>
        </div>
      </header>
      <Teaching />
      {isTold.value && (
        <LearnedDialog
          onClose={() => {
            isTold.value = false;
          }}
        />
      )}
      {isOpen.value && (
        <div class="weights">
          {Object.entries(criteria.value).map(([name, usual]) => {
            const value = query.weights.value[name] ?? usual;
            const counts = countsNow(name);
            return (
              <label class={counts ? "weight" : "weight idle"} key={name} title={text.refine.why[name] ?? ""}>
                <span class="weight-name">{text.factors[name] ?? name}</span>
                <input
                  type="range"
                  min={0}
                  max={MOST * 100}
                  step={5}
                  value={Math.round(value * 100)}
                  aria-valuetext={show.decimal(value)}
                  onInput={(event) => query.setWeight(name, Number(event.currentTarget.value) / 100, usual)}
                />
                <output>{show.decimal(value)}</output>
              </label>
            );
          })}
        </div>
      )}
    </section>
  );
}

/** For which production is this work? Its ranking is followed and taught. */
function Productions() {
  const known = Object.keys(library.value?.productions ?? {});
  const now = production.value;
  const names = now && !known.includes(now) ? [...known, now] : known;
  if (names.length === 0) return null;
  return (
    <>
      <label class="for-whom">
        <span>{text.learning.production}</span>
        <span class="select">
          <select
            value={now}
            onChange={(event) => {
              production.value = event.currentTarget.value;
            }}
          >
            <option value="">{text.learning.anyProduction}</option>
            {names.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
          <Icon name="down" size={14} />
        </span>
      </label>
      {now && (
        <button
          type="button"
          class="button small quiet learned-button"
          title={text.learning.button}
          onClick={() => {
            isTold.value = true;
            void learning.look();
          }}
        >
          <Icon name="learned" size={16} />
          <span class="learned-word">{text.learning.button}</span>
        </button>
      )}
    </>
  );
}

/** Does this criterion have a say in what is on show? */
function countsNow(name: string): boolean {
  const first = results.value.value?.hits[0];
  return Boolean(query.isScored.value && first && name in first.factors);
}
