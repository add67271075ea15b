import { assetPicture } from "../api/client";
import type { Hit, Production } from "../api/types";
import { criteria } from "../state/catalog";
import * as learning from "../state/learning";
import { production } from "../state/production";
import { show, text } from "../strings";
import { Dialog } from "../ui/Dialog";
import { Trouble } from "../ui/Trouble";

/** The question that would teach the ranking most, offered now and then and easily waved away. */
export function Teaching() {
  const now = learning.question.value;
  if (now.status === "failed") return <Trouble problem={now.problem} onAgain={() => void learning.ask()} />;
  const hits = now.value?.hits ?? [];
  const [first, second] = hits;
  if (first && second) return <Choice first={first} second={second} />;
  if (!learning.isOffered.value) return null;
  return (
    <div class="teaching">
      <p>{now.status === "done" ? text.learning.nothingToAsk : text.learning.offer(production.value)}</p>
      <span class="grow" />
      {now.status !== "done" && (
        <button type="button" class="button small" disabled={now.status === "busy"} onClick={() => void learning.ask()}>
          {text.learning.askMe}
        </button>
      )}
      <button type="button" class="button small quiet" onClick={learning.silence}>
        {text.learning.notNow}
      </button>
    </div>
  );
}

function Choice({ first, second }: { first: Hit; second: Hit }) {
  return (
    <fieldset class="teaching choice">
      <legend>{text.learning.question}</legend>
      <button type="button" class="button small" onClick={() => void learning.answer(null)}>
        {text.learning.same}
      </button>
      <button type="button" class="button small quiet" onClick={learning.silence}>
        {text.learning.notNow}
      </button>
      <div class="choices">
        {[first, second].map(({ asset }) => (
          <button type="button" class="choice-one" key={asset.id} onClick={() => void learning.answer(asset.id)}>
            <img src={assetPicture(asset.id, 224)} alt="" width={96} height={96} />
            <span>{asset.text}</span>
          </button>
        ))}
      </div>
    </fieldset>
  );
}

/** What a production's users taught its ranking, in plain words; followed or not, and undone here. */
export function LearnedDialog({ onClose }: { onClose: () => void }) {
  const now = learning.learned.value;
  return (
    <Dialog title={text.learning.title(production.value)} onClose={onClose}>
      <div class="learned" aria-busy={now.status === "busy"}>
        {now.status === "failed" && <Trouble problem={now.problem} onAgain={() => void learning.look()} />}
        {now.value && <Learned told={now.value} isBusy={now.status === "busy"} />}
      </div>
    </Dialog>
  );
}

function Learned({ told, isBusy }: { told: Production; isBusy: boolean }) {
  const { learned } = told;
  const most = Math.max(...Object.values(told.weights), ...Object.values(learned.weights), 0.01);
  const names = Object.keys(criteria.value).filter((name) => name in told.weights);
  return (
    <>
      <p>{text.learning.verdict(told)}</p>
      {learned.signals > 0 && <p class="quiet-text">{text.learning.evidence(learned.searches, learned.signals)}</p>}
      {learned.estimate && (
        <p class="quiet-text">
          {text.learning.estimate(learned.estimate.gain, learned.estimate.low, learned.estimate.high)}
        </p>
      )}
      <table class="learned-weights">
        <thead>
          <tr>
            <th scope="col">{text.learning.criterion}</th>
            <th scope="col">{text.learning.before}</th>
            <th scope="col">{text.learning.after}</th>
            <th scope="col">
              <span class="unseen">{text.learning.change}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const before = told.weights[name] ?? 0;
            const after = learned.weights[name] ?? before;
            return (
              <tr key={name}>
                <th scope="row">{text.factors[name] ?? name}</th>
                <td>{show.decimal(before)}</td>
                <td>{show.decimal(after)}</td>
                <td class="learned-bar" aria-hidden="true">
                  <span class="was" style={{ width: `${(100 * before) / most}%` }} />
                  <span class="is" style={{ width: `${(100 * after) / most}%` }} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <div class="learned-tools">
        <label class="check">
          <input
            type="checkbox"
            checked={learning.isFollowed.value}
            onChange={(event) => void learning.change({ learning: event.currentTarget.checked ? "auto" : "off" })}
          />
          <span>{text.learning.follow}</span>
        </label>
        <span class="grow" />
        <button
          type="button"
          class="button small"
          disabled={isBusy || learned.signals === 0}
          onClick={() => void learning.change({ forget: true })}
        >
          {text.learning.forget}
        </button>
      </div>
      <p class="quiet-text">{text.learning.forgetWhy}</p>
    </>
  );
}
