import type { Problem } from "../api/client";
import { language, text } from "../strings";

/** Why something did not work. The service says it in English; in other languages its gist stands before that. */
export function Reason({ problem, isShort = false }: { problem: Problem; isShort?: boolean }) {
  if (problem.isOurs) return <>{problem.message}</>;
  const gists: Readonly<Record<string, string>> = text.problems.gist;
  const gist = language() === "en" ? undefined : gists[problem.kind];
  if (!gist) return <span lang="en">{problem.message}</span>;
  if (isShort) return <span title={problem.message}>{gist}</span>;
  return (
    <>
      {gist}
      <small class="quiet-text original" lang="en">
        {problem.message}
      </small>
    </>
  );
}
