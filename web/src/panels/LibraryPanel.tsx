import { assetPicture } from "../api/client";
import type { Hit } from "../api/types";
import { characterName, styleName } from "../state/catalog";
import * as query from "../state/query";
import { show, text } from "../strings";
import { Picture } from "../ui/Picture";
import { Trouble } from "../ui/Trouble";
import { QueryBar } from "./QueryBar";

const BLANKS = Array.from({ length: 12 }, (_, i) => `blank-${i}`);

/** The nearest expressions of the library, with what they were found by. */
export function LibraryPanel() {
  const now = query.results.value;
  const found = now.value;
  return (
    <section class="library" id="results" aria-labelledby="library-title" aria-busy={now.status === "busy"}>
      <header class="section-head">
        <h2 id="library-title">{query.isAsked.value ? text.library.title : text.library.titleBrowse}</h2>
        {found && <p class="quiet-text">{text.library.total(found.hits.length, found.total)}</p>}
      </header>
      <QueryBar />
      {now.status === "failed" && <Trouble problem={now.problem} onAgain={() => void query.findAgain()} />}
      {found?.hits.length === 0 && now.status === "done" && (
        <div class="nothing">
          <p>{text.library.empty}</p>
          <p class="quiet-text">{text.library.emptyHint}</p>
          <button type="button" class="button small" onClick={query.clearQuery}>
            {text.library.clear}
          </button>
        </div>
      )}
      <ol class={now.status === "busy" ? "hits busy" : "hits"}>
        {found?.hits.map((hit) => (
          <li key={hit.asset.id}>
            <HitCard hit={hit} />
          </li>
        ))}
        {!found &&
          now.status !== "failed" &&
          BLANKS.map((key) => <li key={key} class="hit blank" aria-hidden="true" />)}
      </ol>
      {found && found.hits.length < found.total && found.hits.length > 0 && (
        <button type="button" class="button more-button" onClick={() => void query.more()}>
          {query.loadingMore.value ? text.library.loadingMore : text.library.more}
        </button>
      )}
    </section>
  );
}

function HitCard({ hit }: { hit: Hit }) {
  const { asset } = hit;
  const name = characterName(asset.character, text.library.unknownCharacter);
  const style = styleName(asset.style);
  const isScored = Object.keys(hit.factors).length > 0;
  return (
    <button
      type="button"
      class="hit"
      title={isScored ? reasons(hit) : asset.text}
      onClick={() => {
        query.opened.value = hit;
      }}
    >
      <Picture address={assetPicture(asset.id)} alt={asset.text} otherwise={text.stage.failedPicture} lazy />
      <span class="hit-line">
        <span class="hit-name">{name}</span>
        {isScored && <span class="hit-score">{show.decimal(hit.score)}</span>}
      </span>
      <span class="hit-style">{style}</span>
    </button>
  );
}

function reasons(hit: Hit): string {
  const lines = Object.entries(hit.factors).map(([key, factor]) => `${factorName(key)} ${show.decimal(factor.value)}`);
  return [hit.asset.text, ...lines].filter(Boolean).join("\n");
}

export function factorName(key: string): string {
  return text.factors[key] ?? key;
}
