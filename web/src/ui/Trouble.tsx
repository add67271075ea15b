import type { Problem } from "../api/client";
import { text } from "../strings";
import { Icon } from "./Icon";

/** What went wrong, where it went wrong, and the way on. */
export function Trouble({ problem, onAgain }: { problem: Problem; onAgain?: () => void }) {
  return (
    <div class="trouble" role="alert">
      <Icon name="alert" />
      <div>
        <strong>{text.problems.title}</strong>
        <p>{problem.message}</p>
        {onAgain && (
          <button type="button" class="button small" onClick={onAgain}>
            {text.problems.again}
          </button>
        )}
      </div>
    </div>
  );
}
