import { signal } from "@preact/signals";
import type { Problem } from "../api/client";
import { HeatToggle, HowSure, Painted } from "../stage/Painted";
import { styleName } from "../state/catalog";
import { staged } from "../state/stage";
import * as targets from "../state/targets";
import { asProblem } from "../state/task";
import { text } from "../strings";
import { download, downloadJson } from "../ui/download";
import { Icon } from "../ui/Icon";
import { Reason } from "../ui/Reason";

/** A character without a rig, painted by the network with the expression of the stage. */
export function TargetCard({ target }: { target: targets.Target }) {
  const now = targets.onStage.of(target.id);
  const drawn = now.value;
  return (
    <article class={`card target${now.status === "busy" ? " busy" : ""}`} data-target={target.id}>
      <div class="card-frame">
        <button
          type="button"
          class="card-picture"
          aria-label={text.target.open(target.name)}
          onClick={() => {
            targets.enlarged.value = target.id;
          }}
        >
          <Painted target={target} {...(drawn ? { drawn } : {})} />
          <span class="card-expand">
            <Icon name="expand" size={16} />
          </span>
        </button>
        {drawn && (
          <>
            <span class="painted-badge" title={text.target.paintedWhy}>
              {text.target.painted}
            </span>
            <HeatToggle />
          </>
        )}
      </div>
      <div class="card-head">
        <h3>{styleName(target.style)}</h3>
        <button
          type="button"
          class="button quiet square tiny"
          title={text.target.remove(target.name)}
          onClick={() => targets.remove(target.id)}
        >
          <Icon name="close" size={14} />
          <span class="unseen">{text.target.remove(target.name)}</span>
        </button>
        <p class="card-name" title={target.name}>
          {target.name}
        </p>
      </div>
      {now.status === "failed" ? (
        <p class="card-trouble" role="alert">
          <Reason problem={now.problem} isShort />{" "}
          <button type="button" class="link" onClick={() => targets.onStage.again(target.id)}>
            {text.problems.again}
          </button>
        </p>
      ) : (
        <HowSure drawn={drawn} />
      )}
      <TargetDownloads target={target} />
    </article>
  );
}

const failed = signal<{ readonly id: string; readonly problem: Problem } | null>(null);

/** Take the picture along, as large as it was given, or what was drawn as numbers. */
export function TargetDownloads({ target }: { target: targets.Target }) {
  const drawn = targets.onStage.of(target.id).value;
  const file = `mien-${target.name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "picture"}`;
  const take = async () => {
    failed.value = null;
    try {
      download(await targets.whole(target), `${file}.png`);
    } catch (error) {
      failed.value = { id: target.id, problem: asProblem(error) };
    }
  };
  const numbers = () => {
    if (!drawn) return;
    const { picture: _, attention: __, ...rest } = drawn;
    downloadJson(
      { target: target.name, style: target.style, source: staged.value?.expression, ...rest },
      `${file}.json`,
    );
  };
  return (
    <>
      <div class="downloads">
        <Icon name="download" size={15} />
        {(
          [
            [text.stage.png, () => void take()],
            [text.stage.json, numbers],
          ] as const
        ).map(([what, act]) => (
          <button
            type="button"
            class="link"
            key={what}
            disabled={!drawn}
            aria-label={text.stage.downloadAs(target.name, what)}
            onClick={act}
          >
            {what}
          </button>
        ))}
      </div>
      {failed.value?.id === target.id && (
        <p class="card-trouble" role="alert">
          <Reason problem={failed.value.problem} isShort />
        </p>
      )}
    </>
  );
}
