import { isDown } from "../api/reach";
import { text } from "../strings";

/** Said once, over everything, while the service does not answer; it goes by itself. */
export function Away() {
  return (
    <div class="away" role="alert" hidden={!isDown.value}>
      {isDown.value && (
        <>
          <span class="spinner" aria-hidden="true" />
          <p>
            <strong>{text.problems.offline}</strong> {text.problems.offlineHint}
          </p>
        </>
      )}
    </div>
  );
}
