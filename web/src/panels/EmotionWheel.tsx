import { useRef } from "preact/hooks";
import { emotionPlaces } from "../state/catalog";
import { EMOTIONS } from "../state/face";
import { emotion, setEmotion } from "../state/query";
import { mixAt, type Place, placeOf } from "../state/wheel";
import { show, text } from "../strings";

/** What is seen, in units of the circumplex: the disc to the right, the names of the five unpleasant ones beside it. */
const LEFT = -2.3;
const RIGHT = 1.1;
const TOP = 1.36;
const BOTTOM = -1.08;
const WIDE = RIGHT - LEFT;
const HIGH = TOP - BOTTOM;
/** Where the names stand, in the same units: clear of the disc in every language, and 24 pixels apart on a tablet. */
const NAMES: Record<string, { at: readonly [number, number]; side: "west" | "north" | "east" }> = {
  happiness: { at: [RIGHT, 1.2], side: "east" },
  surprise: { at: [-0.54, 1.2], side: "north" },
  anger: { at: [LEFT, 1.2], side: "west" },
  fear: { at: [LEFT, 0.86], side: "west" },
  disgust: { at: [LEFT, 0.52], side: "west" },
  contempt: { at: [LEFT, 0.18], side: "west" },
  sadness: { at: [LEFT, -0.56], side: "west" },
};
/** Where the ends of the axes are named: inside the disc, clear of the feelings and of the puck at rest. */
const ENDS = {
  active: { at: [-0.05, 0.86], side: "east" },
  calm: { at: [0.05, -0.88], side: "west" },
  unpleasant: { at: [-0.94, -0.24], side: "west" },
  pleasant: { at: [0.94, -0.24], side: "east" },
} as const;
const across = (x: number) => `${(100 * (x - LEFT)) / WIDE}%`;
const down = (y: number) => `${(100 * (TOP - y)) / HIGH}%`;
const STEP = 0.05;

/** Valence to the right, arousal up, seven feelings around neutral; a puck that is dragged or moved by arrow keys. */
export function EmotionWheel() {
  const disc = useRef<SVGSVGElement>(null);
  const places = emotionPlaces.value;
  const mix = emotion.value;
  const isSet = Object.keys(mix).length > 0;
  const puck = placeOf(mix, places);
  const shares = EMOTIONS.filter((name) => mix[name]);
  const said = shares.map((name) => `${text.emotions[name]} ${show.percent(mix[name] ?? 0)}`).join(", ");

  const moveTo = (place: Place) => {
    const length = Math.hypot(place.valence, place.arousal);
    const scale = length > 1 ? 1 / length : 1;
    emotion.value = mixAt({ valence: place.valence * scale, arousal: place.arousal * scale }, places);
  };
  const drag = (event: PointerEvent) => {
    const box = disc.current?.getBoundingClientRect();
    if (!box) return;
    const unit = WIDE / box.width;
    moveTo({
      valence: LEFT + (event.clientX - box.left) * unit,
      arousal: TOP - (event.clientY - box.top) * unit,
    });
  };
  const nudge = (event: KeyboardEvent) => {
    const by: Record<string, [number, number]> = {
      ArrowRight: [STEP, 0],
      ArrowLeft: [-STEP, 0],
      ArrowUp: [0, STEP],
      ArrowDown: [0, -STEP],
    };
    const step = by[event.key];
    if (event.key === "Escape" || event.key === "Delete") emotion.value = {};
    else if (step) {
      // Past the edge of what two feelings can make, a step may change nothing: then a longer one.
      for (const factor of [1, 2, 4, 8]) {
        const before = JSON.stringify(emotion.value);
        moveTo({ valence: puck.valence + factor * step[0], arousal: puck.arousal + factor * step[1] });
        if (JSON.stringify(emotion.value) !== before) break;
      }
    } else return;
    event.preventDefault();
  };

  return (
    <div class="wheel">
      <div class="wheel-box">
        <svg
          ref={disc}
          class="wheel-disc"
          viewBox={`${LEFT} ${-TOP} ${WIDE} ${HIGH}`}
          aria-hidden="true"
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            drag(event);
          }}
          onPointerMove={(event) => {
            if (event.currentTarget.hasPointerCapture(event.pointerId)) drag(event);
          }}
        >
          <circle class="wheel-field" r="1" />
          <circle class="wheel-ring" r="0.5" />
          <path class="wheel-axis" d="M-1 0H1M0-1V1" />
          {Object.keys(NAMES).map((name) => {
            const at = places[name];
            return (
              at && <circle key={name} class={`wheel-dot feel-${name}`} cx={at.valence} cy={-at.arousal} r="0.055" />
            );
          })}
          {isSet && <path class="wheel-ray" d={`M0 0L${puck.valence} ${-puck.arousal}`} />}
        </svg>
        {(["active", "calm", "unpleasant", "pleasant"] as const).map((end) => (
          <span
            key={end}
            class={`wheel-end ${ENDS[end].side}`}
            style={{ left: across(ENDS[end].at[0]), top: down(ENDS[end].at[1]) }}
          >
            {text.reading[end]}
          </span>
        ))}
        {Object.entries(NAMES).map(([name, { at, side }]) => {
          const isOn = (mix[name] ?? 0) > 0;
          return (
            <button
              type="button"
              key={name}
              class={`wheel-name ${side}${isOn ? " on" : ""}`}
              aria-pressed={isOn}
              style={{ left: across(at[0]), top: down(at[1]) }}
              onClick={() => {
                emotion.value = isOn && (mix[name] ?? 0) > 0.99 ? {} : { [name]: 1 };
              }}
            >
              <span class={`map-swatch feel-${name}`} />
              {text.emotions[name]}
            </button>
          );
        })}
        <div
          class={isSet ? "wheel-puck" : "wheel-puck resting"}
          role="slider"
          tabIndex={0}
          aria-label={text.wheel.puck}
          aria-valuemin={-1}
          aria-valuemax={1}
          aria-valuenow={Math.round(puck.valence * 100) / 100}
          aria-valuetext={`${text.reading.circumplex(puck.valence, puck.arousal)}${said ? `: ${said}` : ""}`}
          style={{ left: across(puck.valence), top: down(puck.arousal) }}
          onKeyDown={nudge}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerMove={(event) => {
            if (event.currentTarget.hasPointerCapture(event.pointerId)) drag(event);
          }}
        />
      </div>
      <div class="wheel-mix">
        {shares.length === 0 && <p class="quiet-text">{text.wheel.hint}</p>}
        {shares.map((name) => (
          <label class="slider" key={name}>
            <span>{text.emotions[name]}</span>
            <input
              type="range"
              min={0}
              max={100}
              step={1}
              value={Math.round((mix[name] ?? 0) * 100)}
              aria-valuetext={show.percent(mix[name] ?? 0)}
              onInput={(event) => setEmotion(name, Number(event.currentTarget.value) / 100)}
            />
            <output>{show.percent(mix[name] ?? 0)}</output>
          </label>
        ))}
      </div>
    </div>
  );
}
