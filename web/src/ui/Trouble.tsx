import type { Problem } from "../api/client";
import { text } from "../strings";
import { Icon } from "./Icon";
import { Reason } from "./Reason";

/** What went wrong, where it went wrong, and the way on. */
export function Trouble({
  problem,
  title = text.problems.title,
  onAgain,
  again = text.problems.again,
  onClose,
}: {
  problem: Problem;
  title?: string;
  onAgain?: () => void;
  /** What the button says. */
  again?: string;
  onClose?: () => void;
}) {
  // Said in one place for the whole page.
  if (problem.kind === "Offline") return null;
  return (
    <div class="trouble" role="alert">
      <Icon name="alert" />
      <div>
        <strong>{title}</strong>
        <p>
          <Reason problem={problem} />
        </p>
        {onAgain && (
          <button type="button" class="button small" onClick={onAgain}>
            {again}
          </button>
        )}
      </div>
      {onClose && (
        <button type="button" class="button small quiet square" onClick={onClose}>
          <Icon name="close" size={16} />
          <span class="unseen">{text.dialog.close}</span>
        </button>
      )}
    </div>
  );
}
