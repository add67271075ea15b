import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { assetPicture } from "../api/client";
import { library, styleName } from "../state/catalog";
import * as desk from "../state/desk";
import { EMOTIONS } from "../state/face";
import { area, areaIds, isAsked, request } from "../state/query";
import { findAgain, results } from "../state/results";
import { idsInside, loadSpace, type Point, simplified, space } from "../state/space";
import { isDark } from "../state/theme";
import { show, text } from "../strings";
import { MAIN } from "../ui/focus";
import { Icon } from "../ui/Icon";
import { Trouble } from "../ui/Trouble";
import { AskedChips } from "./AskedChips";
import { Nothing } from "./Nothing";

/** Where the map is looked at: the point in the middle, and how many map units half the shorter side shows. */
const START = { x: 0, y: 0, half: 1.06 };
const CLOSEST = 0.04;
const FARTHEST = 1.4;
const REACH_PX = 14;

const looking = signal(START);
const colouring = signal<"emotion" | "style">("emotion");
const isLasso = signal(false);
const hovered = signal<number | null>(null);
const drawn = signal<readonly Point[]>([]);

/** Ids of the hits that are loaded, while more is asked than what a lasso holds, which shows by itself. */
const marked = computed<ReadonlySet<string> | null>(() => {
  const isAskedMore = Object.keys(request.value).some((key) => key !== "context" && key !== "ids");
  const hits = results.value.value?.hits;
  return isAskedMore && hits ? new Set(hits.flatMap((hit) => (hit ? [hit.asset.id] : []))) : null;
});

/** All of the library at once: alike expressions near each other, whoever shows them. */
export function MapPanel() {
  const now = space.value;
  useEffect(() => {
    // What was added since the map was made is on the next one.
    const isOld = now.status === "done" && library.value && now.value.ids.length !== library.value.assets;
    if (now.status === "idle" || isOld) void loadSpace();
  }, []);
  return (
    <div class="centre map-view" id={MAIN} tabIndex={-1}>
      <header class="results-bar map-bar">
        <div class="results-head">
          <h2>{text.map.title}</h2>
          <span class="grow" />
          <fieldset class="segmented" aria-label={text.map.colour}>
            {(["emotion", "style"] as const).map((one) => (
              <button
                type="button"
                key={one}
                aria-pressed={colouring.value === one}
                onClick={() => {
                  colouring.value = one;
                }}
              >
                {text.map.by[one]}
              </button>
            ))}
          </fieldset>
          <button
            type="button"
            class="button small"
            aria-pressed={isLasso.value}
            onClick={() => {
              isLasso.value = !isLasso.value;
            }}
          >
            <Icon name="lasso" size={16} />
            {text.map.lasso}
          </button>
          <button type="button" class="button small quiet square" onClick={() => zoomBy(0.7)}>
            <Icon name="plus" size={16} />
            <span class="unseen">{text.map.closer}</span>
          </button>
          <button type="button" class="button small quiet square" onClick={() => zoomBy(1 / 0.7)}>
            <Icon name="minus" size={16} />
            <span class="unseen">{text.map.farther}</span>
          </button>
          <button
            type="button"
            class="button small quiet square"
            onClick={() => {
              looking.value = START;
            }}
          >
            <Icon name="reset" size={16} />
            <span class="unseen">{text.map.whole}</span>
          </button>
        </div>
        {isLasso.value || !marked.value ? (
          <p class="quiet-text">{isLasso.value ? text.map.lassoHow : text.map.how}</p>
        ) : (
          <Marked count={marked.value.size} />
        )}
        {isAsked.value && <AskedChips />}
      </header>
      {isAsked.value && results.value.status === "failed" && (
        <Trouble problem={results.value.problem} onAgain={() => void findAgain()} />
      )}
      {now.status === "failed" && <Trouble problem={now.problem} onAgain={() => void loadSpace()} />}
      {now.value?.ids.length === 0 ? (
        <Nothing />
      ) : now.value ? (
        <>
          <Canvas />
          <Legend />
        </>
      ) : (
        now.status !== "failed" && (
          <div class="map-wait">
            <span class="spinner" aria-hidden="true" />
            <p>{text.map.making}</p>
          </div>
        )
      )}
    </div>
  );
}

/** What the marks are, and the way to the same as a list. */
function Marked({ count }: { count: number }) {
  const total = results.value.value?.total ?? 0;
  return (
    <p class="quiet-text map-marked" aria-live="polite">
      <span>{total === 0 ? text.library.empty : text.map.marked(count, total)}</span>
      <button
        type="button"
        class="link"
        onClick={() => {
          desk.view.value = "search";
        }}
      >
        {text.map.showHits}
      </button>
    </p>
  );
}

function Canvas() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const points = space.value.value;
  const at = hovered.value;

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => paint(element));
    watcher.observe(element);
    // Passive listeners may not keep the page from scrolling along.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      zoomBy(Math.exp(event.deltaY * 0.0015), toMap(element, event));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      watcher.disconnect();
      element.removeEventListener("wheel", wheel);
    };
  }, []);
  useEffect(() => {
    if (canvas.current) paint(canvas.current);
  });
  // What the picture depends on, so that it is painted anew.
  void looking.value;
  void colouring.value;
  void drawn.value;
  void area.value;
  void areaIds.value;
  void isDark.value;
  void desk.opened.value;
  void marked.value;

  if (!points) return null;
  const openAt = (place: number | null) => {
    const id = place === null ? undefined : points.ids[place];
    if (id) void desk.openById(id);
  };
  return (
    <div class="map-field">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: arrow keys, plus and Enter walk the map. */}
      <canvas
        ref={canvas}
        class={isLasso.value ? "map-canvas lasso" : "map-canvas"}
        tabIndex={0}
        role="application"
        aria-label={text.map.label(points.ids.length)}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, y: event.clientY, moved: false };
          if (isLasso.value || event.shiftKey) drawn.value = [toMap(event.currentTarget, event)];
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (!from) {
            hovered.value = nearest(event.currentTarget, event);
            return;
          }
          from.moved ||= Math.hypot(event.clientX - from.x, event.clientY - from.y) > 3;
          if (drawn.value.length) {
            drawn.value = [...drawn.value, toMap(event.currentTarget, event)];
            return;
          }
          if (!from.moved) return;
          const unit = unitOf(event.currentTarget);
          looking.value = {
            ...looking.value,
            x: looking.value.x - (event.clientX - from.x) * unit,
            y: looking.value.y + (event.clientY - from.y) * unit,
          };
          from.x = event.clientX;
          from.y = event.clientY;
        }}
        onPointerUp={(event) => {
          const from = drag.current;
          drag.current = null;
          if (drawn.value.length > 4) {
            const corners = simplified(drawn.value);
            // Around nothing is no lasso: it would find everything.
            area.value = idsInside(points, corners).length > 0 ? corners : null;
            isLasso.value = area.value === null;
          } else if (from && !from.moved) openAt(nearest(event.currentTarget, event));
          drawn.value = [];
        }}
        onPointerLeave={() => {
          if (!drag.current) hovered.value = null;
        }}
        onKeyDown={(event) => {
          const step = looking.value.half * 0.15;
          const moves: Record<string, [number, number]> = {
            ArrowLeft: [-step, 0],
            ArrowRight: [step, 0],
            ArrowUp: [0, step],
            ArrowDown: [0, -step],
          };
          const move = moves[event.key];
          const element = event.currentTarget;
          if (move) {
            looking.value = { ...looking.value, x: looking.value.x + move[0], y: looking.value.y + move[1] };
            hovered.value = nearestTo(looking.value, Number.POSITIVE_INFINITY);
          } else if (event.key === "+" || event.key === "=") zoomBy(0.8);
          else if (event.key === "-") zoomBy(1.25);
          else if (event.key === "Enter") openAt(hovered.value);
          else return;
          paint(element);
          event.preventDefault();
        }}
      />
      {at !== null && canvas.current && <Tip at={at} canvas={canvas.current} />}
      {area.value && (
        <div class="map-chosen">
          <span>{text.asked.area(areaIds.value.length)}</span>
          <button
            type="button"
            class="button small primary"
            onClick={() => {
              desk.view.value = "search";
            }}
          >
            {text.map.showThem}
          </button>
          <button
            type="button"
            class="button small quiet"
            onClick={() => {
              area.value = null;
            }}
          >
            {text.map.letGo}
          </button>
        </div>
      )}
    </div>
  );
}

/** The picture of the point under the pointer. */
function Tip({ at, canvas }: { at: number; canvas: HTMLCanvasElement }) {
  const points = space.value.value;
  const id = points?.ids[at];
  if (!points || !id) return null;
  const { x, y } = toScreen(canvas, [points.x[at] ?? 0, points.y[at] ?? 0]);
  const isRight = x > canvas.clientWidth - 180;
  const isLow = y > canvas.clientHeight - 190;
  return (
    <div
      class="map-tip"
      style={{
        transform: `translate(${isRight ? x - 156 : x + 16}px, ${isLow ? y - 176 : y + 12}px)`,
      }}
    >
      <img src={assetPicture(id, 160)} alt="" width={140} height={140} />
      <p>
        {text.emotions[EMOTIONS[points.emotion[at] ?? 0] ?? ""]},{" "}
        {styleName(points.styles[points.style[at] ?? 0] ?? "")}
      </p>
    </div>
  );
}

function Legend() {
  const points = space.value.value;
  if (!points) return null;
  const isEmotion = colouring.value === "emotion";
  const codes = isEmotion ? points.emotion : points.style;
  const names = isEmotion ? points.emotions : points.styles;
  return (
    <ul class="map-legend">
      {names.map((name, i) => {
        const count = codes.reduce((sum, code) => sum + (code === i ? 1 : 0), 0);
        if (!count) return null;
        return (
          <li key={name}>
            <span class={`map-swatch ${isEmotion ? `feel-${name}` : `style-${i}`}`} />
            {isEmotion ? text.emotions[name] : styleName(name)} <span class="quiet-text">{show.count(count)}</span>
          </li>
        );
      })}
    </ul>
  );
}

// -- geometry and paint -----------------------------------------------------------------------------------------

function unitOf(canvas: HTMLCanvasElement): number {
  return (2 * looking.value.half) / Math.max(1, Math.min(canvas.clientWidth, canvas.clientHeight));
}

function toMap(canvas: HTMLCanvasElement, event: { clientX: number; clientY: number }): Point {
  const box = canvas.getBoundingClientRect();
  const unit = unitOf(canvas);
  return [
    looking.value.x + (event.clientX - box.left - box.width / 2) * unit,
    looking.value.y - (event.clientY - box.top - box.height / 2) * unit,
  ];
}

function toScreen(canvas: HTMLCanvasElement, [x, y]: Point): { x: number; y: number } {
  const unit = unitOf(canvas);
  return {
    x: canvas.clientWidth / 2 + (x - looking.value.x) / unit,
    y: canvas.clientHeight / 2 - (y - looking.value.y) / unit,
  };
}

/** Closer (below 1) or farther, about a place that stays where it is. */
function zoomBy(factor: number, about?: Point): void {
  const { x, y, half } = looking.value;
  const next = Math.max(CLOSEST, Math.min(FARTHEST, half * factor));
  const real = next / half;
  const [ax, ay] = about ?? [x, y];
  looking.value = { x: ax + (x - ax) * real, y: ay + (y - ay) * real, half: next };
}

function nearest(canvas: HTMLCanvasElement, event: { clientX: number; clientY: number }): number | null {
  const [x, y] = toMap(canvas, event);
  return nearestTo({ x, y }, REACH_PX * unitOf(canvas));
}

function nearestTo({ x, y }: { x: number; y: number }, reach: number): number | null {
  const points = space.value.value;
  if (!points) return null;
  let best: number | null = null;
  let least = reach * reach;
  for (let i = 0; i < points.ids.length; i += 1) {
    const far = ((points.x[i] ?? 0) - x) ** 2 + ((points.y[i] ?? 0) - y) ** 2;
    if (far < least) {
      least = far;
      best = i;
    }
  }
  return best;
}

function paint(canvas: HTMLCanvasElement): void {
  const points = space.value.value;
  const pen = canvas.getContext("2d");
  if (!points || !pen) return;
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  const colour = getComputedStyle(canvas);
  const isEmotion = colouring.value === "emotion";
  const names = isEmotion ? EMOTIONS.map((name) => `--feel-${name}`) : points.styles.map((_, i) => `--style-${i}`);
  const colours = names.map((name) => colour.getPropertyValue(name).trim() || "#888");
  const codes = isEmotion ? points.emotion : points.style;
  const chosen = area.value ? new Set(areaIds.value) : null;
  const hits = marked.value;
  const radius = Math.max(2.4, Math.min(9, 3.2 / Math.sqrt(looking.value.half) + 40 / Math.sqrt(points.ids.length)));
  const openedId = desk.opened.value?.asset.id;
  const places = points.ids.map((_, i) => i);
  const isHit = (i: number) => hits?.has(points.ids[i] ?? "") ?? false;
  // Hits lie over the others.
  for (const i of hits ? [...places.filter((i) => !isHit(i)), ...places.filter(isHit)] : places) {
    const { x, y } = toScreen(canvas, [points.x[i] ?? 0, points.y[i] ?? 0]);
    if (x < -20 || y < -20 || x > canvas.clientWidth + 20 || y > canvas.clientHeight + 20) continue;
    const isOut = hits ? !isHit(i) : chosen && !chosen.has(points.ids[i] ?? "");
    pen.globalAlpha = isOut ? 0.18 : 0.9;
    pen.fillStyle = colours[codes[i] ?? 0] ?? "#888";
    pen.beginPath();
    pen.arc(x, y, i === hovered.value ? radius + 2 : radius, 0, 2 * Math.PI);
    pen.fill();
    if (i === hovered.value || points.ids[i] === openedId) {
      pen.globalAlpha = 1;
      pen.strokeStyle = colour.getPropertyValue("--ink");
      pen.lineWidth = 2;
      pen.stroke();
    } else if (isHit(i)) {
      pen.strokeStyle = colour.getPropertyValue("--accent");
      pen.lineWidth = 1.5;
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
  const line = drawn.value.length ? drawn.value : area.value;
  if (line && line.length > 1) {
    pen.beginPath();
    for (const corner of line) {
      const { x, y } = toScreen(canvas, corner);
      pen.lineTo(x, y);
    }
    if (!drawn.value.length) pen.closePath();
    pen.strokeStyle = colour.getPropertyValue("--accent");
    pen.lineWidth = 2;
    pen.stroke();
    pen.globalAlpha = 0.08;
    pen.fillStyle = colour.getPropertyValue("--accent");
    pen.fill();
    pen.globalAlpha = 1;
  }
}
