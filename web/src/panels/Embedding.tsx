import { library } from "../state/catalog";
import * as jobs from "../state/jobs";
import { isScored } from "../state/query";
import { text } from "../strings";
import { Icon } from "../ui/Icon";

/** How far the library is embedded anew, in the head of the page. */
export function EmbeddingProgress() {
  const now = jobs.embedding.value;
  if (!now || (jobs.isOver(now) && now.state !== "failed")) return null;
  if (now.state === "failed") {
    return <p class="adding-said bad">{now.problems[0]?.message ?? text.problems.unexpected}</p>;
  }
  return (
    <div class="adding-now" role="status" title={text.embedding.why}>
      <progress max={Math.max(now.total, 1)} value={now.done} aria-label={text.embedding.label} />
      <span class="adding-said">{text.embedding.running(now.done, now.total)}</span>
      <button type="button" class="button quiet square small" onClick={() => void jobs.stopJob(now)}>
        <Icon name="close" size={15} />
        <span class="unseen">{text.embedding.stop}</span>
      </button>
    </div>
  );
}

/** What no search finds, and how to change that, over the results. */
export function EmbeddingNotice() {
  const running = jobs.embedding.value;
  if (running && !jobs.isOver(running)) {
    if (!isScored.value || running.total === 0) return null;
    const assets = library.value?.assets ?? running.total;
    return (
      <div class="notice">
        <p>{text.embedding.partly(assets - running.total + running.done, assets)}</p>
      </div>
    );
  }
  const missing = jobs.unembedded.value;
  if (missing === 0) return null;
  return (
    <div class="notice" role="status">
      <Icon name="alert" size={18} />
      <p>{text.embedding.missing(missing)}</p>
      <button type="button" class="button small" onClick={() => void jobs.embedAnew()}>
        {text.embedding.start}
      </button>
    </div>
  );
}
