import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import * as adding from "../state/jobs";
import { text } from "../strings";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { Reason } from "../ui/Reason";

/** Add pictures to the library, see how far that is, and stop it. */
export function Adding() {
  const file = useRef<HTMLInputElement>(null);
  const isReading = useSignal(false);
  const now = adding.progress.value;
  const problem = adding.jobProblem.value;
  const isRunning = now?.isRunning ?? false;
  const said =
    now &&
    (isRunning
      ? text.adding.running(now.done, now.total)
      : adding.isLost.value
        ? text.adding.lost(now.added)
        : text.adding.done(now.added, now.skipped, now.problems.length));
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
      {problem && problem.kind !== "Offline" && (
        <>
          <p class="adding-said bad" role="alert" title={problem.message}>
            <Reason problem={problem} isShort />
          </p>
          {adding.left.value.length > 0 && (
            <button type="button" class="button small" onClick={() => void adding.addLeft()}>
              {text.problems.again}
            </button>
          )}
        </>
      )}
      {(now || problem) && (
        <div class="adding-now">
          {now && (
            <>
              {isRunning && now.total > 0 && (
                <progress max={now.total} value={now.done} aria-label={text.adding.label} />
              )}
              <span class="adding-said" role="status" title={said ?? ""}>
                {said}
              </span>
            </>
          )}
          {now && !isRunning && now.problems.length > 0 && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                isReading.value = true;
              }}
            >
              {text.adding.which}
            </button>
          )}
          <button
            type="button"
            class="button quiet square small"
            title={isRunning ? text.adding.stop : text.dialog.close}
            onClick={() => (isRunning ? void adding.stopAdding() : adding.dismiss())}
          >
            <Icon name="close" size={15} />
            <span class="unseen">{isRunning ? text.adding.stop : text.dialog.close}</span>
          </button>
        </div>
      )}
      {now && isReading.value && (
        <Dialog
          title={text.adding.unread}
          onClose={() => {
            isReading.value = false;
          }}
        >
          <ul class="unread">
            {now.problems.map(({ name, message, isOurs }, i) => (
              <li key={i}>
                <strong>{name}</strong> <span {...(isOurs ? {} : { lang: "en" })}>{message}</span>
              </li>
            ))}
          </ul>
        </Dialog>
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
