import { useRef } from "preact/hooks";
import * as adding from "../state/jobs";
import { text } from "../strings";
import { Icon } from "../ui/Icon";

/** Add pictures to the library, see how far that is, and stop it. */
export function Adding() {
  const file = useRef<HTMLInputElement>(null);
  const now = adding.ingest.value;
  const problem = adding.jobProblem.value;
  const isRunning = now !== null && !adding.isOver(now);
  return (
    <div class="adding">
      <input
        ref={file}
        hidden
        multiple
        type="file"
        accept="image/*"
        data-adds="pictures"
        onChange={(event) => {
          const chosen = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = "";
          if (chosen.length) void adding.addPictures(chosen);
        }}
      />
      {problem && <p class="adding-said bad">{problem.message}</p>}
      {now && (
        <div class="adding-now" role="status">
          <progress max={now.total} value={now.done} aria-label={text.adding.label} />
          <span class="adding-said" title={now.problems.map((one) => `${one.name}: ${one.message}`).join("\n")}>
            {isRunning
              ? text.adding.running(now.done, now.total + adding.unsent.value)
              : adding.isLost.value
                ? text.adding.lost(now.added)
                : text.adding.done(now.added, now.skipped, now.problems.length)}
          </span>
          <button
            type="button"
            class="button quiet square small"
            onClick={() => (isRunning ? void adding.stopAdding() : adding.dismiss())}
          >
            <Icon name="close" size={15} />
            <span class="unseen">{isRunning ? text.adding.stop : text.dialog.close}</span>
          </button>
        </div>
      )}
      {!isRunning && (
        <button type="button" class="button small" onClick={() => file.current?.click()}>
          <Icon name="plus" size={15} />
          {text.adding.add}
        </button>
      )}
    </div>
  );
}
