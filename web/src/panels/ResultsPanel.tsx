import { useEffect, useRef } from "preact/hooks";
import * as desk from "../state/desk";
import { photo } from "../state/photo";
import * as query from "../state/query";
import { ratingTrouble } from "../state/ratings";
import { findAgain, grouped, results, total } from "../state/results";
import { show, text } from "../strings";
import { MAIN } from "../ui/focus";
import { Icon } from "../ui/Icon";
import { Trouble } from "../ui/Trouble";
import { AskedChips } from "./AskedChips";
import { Compare } from "./Compare";
import { EmbeddingNotice } from "./Embedding";
import { HitGrid } from "./HitGrid";
import { Keys } from "./Keys";
import { Lanes } from "./Lanes";
import { Nothing } from "./Nothing";
import { StagePanel } from "./StagePanel";

const BLANKS = Array.from({ length: 15 }, (_, i) => `blank-${i}`);

/** The cast that shows what was asked, and what the library has. */
export function ResultsPanel() {
  const scroller = useRef<HTMLDivElement>(null);
  const now = results.value;
  const found = now.value;
  const asked = found?.request;
  useEffect(() => {
    // A new question is answered from the top; the same one ranked anew stays where it is.
    const box = scroller.current;
    const bar = box?.querySelector<HTMLElement>(".results-bar");
    if (asked && box && bar && box.scrollTop > bar.offsetTop) box.scrollTop = bar.offsetTop;
  }, [asked]);
  return (
    <div class="centre" ref={scroller}>
      {!desk.isComparing.value && <StagePanel />}
      <section
        class="library"
        id={MAIN}
        tabIndex={-1}
        aria-labelledby="library-title"
        aria-busy={now.status === "busy"}
      >
        <header class="results-bar">
          <div class="results-head">
            <h2 id="library-title">{query.isScored.value ? text.library.title : text.library.titleBrowse}</h2>
            {found && <p class="quiet-text results-count">{text.library.found(found.total)}</p>}
            <span class="grow" />
            <KeysHint />
            <button
              type="button"
              class="button small"
              aria-pressed={grouped.value}
              onClick={() => {
                grouped.value = !grouped.value;
                desk.isComparing.value = false;
              }}
            >
              <Icon name="lanes" size={16} />
              {text.library.byStyle}
            </button>
            <button
              type="button"
              class="button small"
              aria-pressed={desk.isComparing.value}
              disabled={desk.compared.value.length < 2}
              title={text.compare.how}
              onClick={() => {
                desk.isComparing.value = !desk.isComparing.value;
              }}
            >
              <Icon name="compare" size={16} />
              {text.compare.button(desk.compared.value.length)}
            </button>
          </div>
          <AskedChips />
        </header>
        <EmbeddingNotice />
        {now.status === "failed" &&
          // What is asked cannot be answered, however often: a link named something that is gone, say.
          ([404, 422].includes(now.problem.status) ? (
            <Trouble problem={now.problem} onAgain={begin} again={text.library.clear} />
          ) : (
            <Trouble problem={now.problem} onAgain={() => void findAgain()} />
          ))}
        {ratingTrouble.value && !desk.opened.value && (
          <Trouble
            problem={ratingTrouble.value}
            onClose={() => {
              ratingTrouble.value = null;
            }}
          />
        )}
        {desk.isComparing.value ? (
          <Compare />
        ) : grouped.value && found?.total !== 0 ? (
          <Lanes />
        ) : found && found.total > 0 ? (
          <HitGrid scroller={scroller} />
        ) : found ? (
          <Nothing />
        ) : (
          now.status !== "failed" && (
            <div class="blanks" aria-hidden="true">
              {BLANKS.map((key) => (
                <div key={key} class="hit blank" />
              ))}
            </div>
          )
        )}
      </section>
      <p class="unseen">{photo.value ? show.count(total.value) : ""}</p>
    </div>
  );
}

function begin(): void {
  query.clearQuery();
  query.forWhom.value = "";
}

function KeysHint() {
  return (
    <details
      class="keys"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !event.currentTarget.open) return;
        event.currentTarget.open = false;
        event.preventDefault();
        event.currentTarget.querySelector("summary")?.focus();
      }}
      onFocusOut={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) event.currentTarget.open = false;
      }}
    >
      <summary class="button quiet square small">
        <Icon name="keys" />
        <span class="unseen">{text.keys.title}</span>
      </summary>
      <Keys />
    </details>
  );
}
