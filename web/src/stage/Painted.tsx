import { signal } from "@preact/signals";
import type { Attention as Looked, Redrawn } from "../api/types";
import { GUESS_BELOW } from "../state/face";
import type { Target } from "../state/targets";
import { show, text } from "../strings";
import { Attention } from "./Attention";
import { closeToFace, isSmall, percent, wholePhoto } from "./framing";

/** Is where the network looked laid over what it drew? */
export const isHeated = signal(false);

const HEAT = ["changed", "looked"] as const;

/** What the colours of the heat map mean. */
export function HeatLegend() {
  if (!isHeated.value) return null;
  return (
    <ul class="attention-legend" aria-label={text.target.heat}>
      {HEAT.map((one) => (
        <li key={one} class={`looked ${one}`}>
          {text.target.heats[one]}
        </li>
      ))}
    </ul>
  );
}

/** One place may hold nearly all of what was looked at: roots show the rest, and each place shines on the next. */
export function lit(attention: Looked): Looked {
  const { side, maps } = attention;
  const map = maps.looked ?? [];
  const looked = map.map((_, i) => {
    const near = [-side, -1, 0, 1, side].map((step) => (map[i + step] ?? 0) * (step ? 0.5 : 1));
    return Math.sqrt(255 * Math.max(...near));
  });
  return { ...attention, maps: { ...maps, looked } };
}

/** A picture of a character close to its face, as it is or as the network drew it. */
export function Painted({ target, drawn }: { target: Target; drawn?: Redrawn }) {
  const { name, size, box, face } = target;
  const place =
    face !== null || isSmall(size.width, size.height, box)
      ? closeToFace(size.width, size.height, box)
      : wholePhoto(size.width, size.height);
  return (
    <span class="painted">
      <span class="painted-picture" style={percent(place)}>
        <img
          src={drawn?.picture ?? target.address}
          alt={drawn ? text.target.alt(name) : text.target.altRest(name)}
          draggable={false}
        />
        {drawn && isHeated.value && (
          <Attention looked={lit(drawn.attention)} width={size.width} height={size.height} maps={HEAT} />
        )}
      </span>
    </span>
  );
}

/** How sure the picture is, and how much of what was asked for shows in it. */
export function HowSure({ drawn }: { drawn: Redrawn | undefined }) {
  if (!drawn) return <p class="how-sure resting">{text.target.atRest}</p>;
  const isGuess = drawn.confidence < GUESS_BELOW;
  return (
    <dl class="how-sure">
      <div class={isGuess ? "unsure-words" : ""}>
        <dt>{isGuess ? text.reading.guess : text.reading.confidence}</dt>
        <dd>{show.percent(drawn.confidence)}</dd>
      </div>
      <div title={text.target.seenWhy}>
        <dt>{text.target.seen}</dt>
        <dd>{drawn.seen === null ? "–" : show.percent(drawn.seen)}</dd>
      </div>
    </dl>
  );
}

export function HeatToggle() {
  return (
    <button
      type="button"
      class="chip on-photo"
      aria-pressed={isHeated.value}
      title={text.target.heatWhy}
      onClick={() => {
        isHeated.value = !isHeated.value;
      }}
    >
      {text.target.heat}
    </button>
  );
}
