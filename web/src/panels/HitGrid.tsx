import { signal } from "@preact/signals";
import { Component, type RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { assetPicture } from "../api/client";
import { whenBack } from "../api/reach";
import type { Asset, Hit } from "../api/types";
import { styleName, whoIs } from "../state/catalog";
import * as desk from "../state/desk";
import * as query from "../state/query";
import { current, lessOf, rate, rejected, stars, takeBack } from "../state/ratings";
import { results, total, want } from "../state/results";
import { show, text } from "../strings";
import { Icon } from "../ui/Icon";
import { factorName } from "./DetailPane";

const GAP = 10;
const CAPTION = 46;
const NARROWEST = 124;
/** Rows kept ready above and below what is seen. */
const READY = 2;
/** Past this many pixels a millisecond nobody sees a picture, and none is fetched. */
const FLYING = 5;

/** Scrolling is followed in steps of so many pixels; the rows kept ready cover them. */
const STEP = 48;
const NONE: readonly undefined[] = [];

const seen = signal({ top: 0, height: 800, width: 0 });
const isFlying = signal(false);

/** Only the rows in view are in the page: ten thousand hits scroll like fifty. */
export function HitGrid({ scroller }: { scroller: RefObject<HTMLElement> }) {
  const grid = useRef<HTMLDivElement>(null);
  const shouldFocus = useRef(false);
  const question = results.value.value?.request;
  const answered = useRef(question);
  useFollowScroll(scroller, grid);

  const { top, height, width } = seen.value;
  // Read here, so that landing draws the grid again and fetches what it landed on.
  const isLanded = !isFlying.value;
  const columns = Math.max(2, Math.floor((width + GAP) / (NARROWEST + GAP)));
  const side = width > 0 ? (width - GAP * (columns - 1)) / columns : NARROWEST;
  const pitch = side + CAPTION + GAP;
  const rows = Math.ceil(total.value / columns);
  const first = Math.max(0, Math.floor(top / pitch) - READY);
  const last = Math.min(rows, Math.ceil((top + STEP + height) / pitch) + READY);
  const at = Math.min(desk.active.value, Math.max(0, total.value - 1));

  useEffect(() => {
    if (isLanded && results.value.status === "done") want(first * columns, last * columns);
  });
  useLayoutEffect(() => {
    const focused = grid.current?.querySelector<HTMLElement>(".hit:focus");
    // Its place may show another hit by now: who presses a key means the one that was there.
    const isBeside = focused && focused.dataset.at !== `${at}`;
    if (isBeside && question !== answered.current) shouldFocus.current = true;
    answered.current = question;
    if (!shouldFocus.current && !isBeside) return;
    const cell = grid.current?.querySelector<HTMLElement>(`[data-at="${at}"]`);
    if (cell) {
      shouldFocus.current = false;
      cell.focus({ preventScroll: true });
    } else if (!shouldFocus.current) {
      // It was ranked out of view, and the view does not jump for that.
      desk.active.value = Number(focused?.dataset.at);
    }
  });

  const go = (to: number) => {
    const next = Math.max(0, Math.min(total.value - 1, to));
    desk.active.value = next;
    shouldFocus.current = true;
    const box = scroller.current;
    if (!box || !grid.current) return;
    const from = gridTop(grid.current, box) + Math.floor(next / columns) * pitch;
    const above = toolbarHeight(box) + GAP;
    if (from < box.scrollTop + above) box.scrollTop = from - above;
    else if (from + pitch > box.scrollTop + box.clientHeight) box.scrollTop = from + pitch - box.clientHeight + GAP;
  };
  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = columns * Math.max(1, Math.floor(height / pitch));
    const steps: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + columns,
      ArrowUp: at - columns,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: total.value - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) go(to);
    else if (!acts(event, results.value.value?.hits[at])) return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table cannot leave rows out; ARIA's grid says how many there are.
    <div
      ref={grid}
      class={results.value.status === "busy" ? "grid busy" : "grid"}
      role="grid"
      aria-label={text.library.title}
      aria-rowcount={rows}
      aria-colcount={columns}
      style={{ height: `${Math.max(0, rows * pitch - GAP)}px` }}
      onKeyDown={keys}
    >
      {Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i).map((row) => (
        <Row
          key={row}
          row={row}
          columns={columns}
          side={side}
          pitch={pitch}
          total={total.value}
          hits={results.value.value?.hits ?? NONE}
          active={Math.floor(at / columns) === row ? at : -1}
        />
      ))}
    </div>
  );
}

interface RowProps {
  row: number;
  columns: number;
  side: number;
  pitch: number;
  total: number;
  hits: readonly (Hit | undefined)[];
  /** The place in this row that the keyboard is at, or -1. */
  active: number;
}

/** A row is drawn again when something in it changed, not with every step of the scrolling. */
class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { row, columns, side, pitch, total: all, active, hits } = this.props;
    const isSame =
      row === next.row &&
      columns === next.columns &&
      side === next.side &&
      pitch === next.pitch &&
      all === next.total &&
      active === next.active;
    if (!isSame) return true;
    return Array.from({ length: columns }, (_, i) => row * columns + i).some((at) => hits[at] !== next.hits[at]);
  }

  override render({ row, columns, side, pitch, total: all, hits, active }: RowProps) {
    return (
      // biome-ignore lint/a11y/useSemanticElements: a table cannot leave rows out; ARIA's grid says how many there are.
      // biome-ignore lint/a11y/useFocusableInteractive: the button inside is what takes the focus.
      <div
        role="row"
        class="grid-row"
        aria-rowindex={row + 1}
        style={{
          transform: `translateY(${row * pitch}px)`,
          gridTemplateColumns: `repeat(${columns}, ${side}px)`,
          gap: `${GAP}px`,
        }}
      >
        {Array.from({ length: columns }, (_, column) => row * columns + column)
          .filter((place) => place < all)
          .map((place) => (
            // biome-ignore lint/a11y/useSemanticElements: as above.
            // biome-ignore lint/a11y/useFocusableInteractive: as above.
            <div role="gridcell" aria-colindex={(place % columns) + 1} key={place} class="cell">
              <Cell hit={hits[place]} place={place} isActive={place === active} />
            </div>
          ))}
      </div>
    );
  }
}

/** The hit under the keyboard takes one letter: r rates, digits give stars, c compares, m more like it, x less. */
export function acts(event: KeyboardEvent, hit: Hit | undefined): boolean {
  if (!hit || event.ctrlKey || event.metaKey || event.altKey) return false;
  // With Shift or Caps Lock a letter is the same key.
  const key = event.key.toLowerCase();
  if (key >= "0" && key <= "5" && key.length === 1) void rate(hit.asset.id, Number(key));
  else if (key === "r") {
    desk.open(hit);
    requestAnimationFrame(() => document.querySelector<HTMLElement>(".detail-pane .stars button")?.focus());
  } else if (key === "c") desk.toggleCompared(hit.asset);
  else if (key === "m") moreLike(hit);
  else if (key === "x") lessLike(hit);
  else return false;
  return true;
}

/** Sinks what is like it, now by the question and from now on by taste; once more takes both back. */
export function lessLike(hit: Pick<Hit, "asset">): void {
  if (rejected.value.includes(hit.asset.id)) {
    if (query.unlike.value === hit.asset.id) query.unlike.value = null;
    void takeBack(hit.asset.id);
    return;
  }
  query.unlike.value = hit.asset.id;
  if (query.like.value === hit.asset.id) query.like.value = null;
  void lessOf(hit.asset.id);
}

export function moreLike(hit: Pick<Hit, "asset">): void {
  query.like.value = hit.asset.id;
  if (query.unlike.value === hit.asset.id) query.unlike.value = null;
  query.leaveFace();
}

function Cell({ hit, place, isActive }: { hit: Hit | undefined; place: number; isActive: boolean }) {
  if (!hit) return <div class="hit blank" aria-hidden="true" />;
  const asset = current(hit.asset);
  const name = whoIs(asset);
  const isScored = query.isScored.value && Object.keys(hit.factors).length > 0;
  return (
    <>
      <button
        type="button"
        class={hitClass(asset.id)}
        data-at={place}
        data-id={asset.id}
        tabIndex={isActive ? 0 : -1}
        title={isScored ? reasons(hit) : asset.text}
        onFocus={() => {
          desk.active.value = place;
        }}
        onClick={() => desk.open(hit)}
      >
        <Thumbnail key={asset.id} id={asset.id} alt={asset.text} />
        <span class="hit-line">
          <span class="hit-name">{name}</span>
          {isScored && <span class="hit-score">{show.decimal(hit.score)}</span>}
        </span>
        <span class="hit-style">
          <span>{styleName(asset.style)}</span>
          <HitStars id={asset.id} />
        </span>
      </button>
      <CellCompare asset={asset} />
    </>
  );
}

/** How a hit is marked: opened, turned down. */
export function hitClass(id: string): string {
  const isOpened = desk.opened.value?.asset.id === id;
  return `hit${isOpened ? " opened" : ""}${rejected.value.includes(id) ? " rejected" : ""}`;
}

export function HitStars({ id }: { id: string }) {
  const mine = stars.value[id] ?? 0;
  return mine > 0 ? <span class="hit-stars">{text.rating.short(mine)}</span> : null;
}

/** Over the picture: picks it for comparison, and shows that it is. */
export function CellCompare({ asset }: { asset: Asset }) {
  const isCompared = desk.compared.value.some(({ id }) => id === asset.id);
  const name = whoIs(asset);
  return (
    <button
      type="button"
      class="cell-compare"
      tabIndex={-1}
      aria-pressed={isCompared}
      aria-label={text.compare.toggle(name)}
      title={text.compare.toggle(name)}
      disabled={!isCompared && desk.compared.value.length >= desk.MOST_COMPARED}
      onClick={() => desk.toggleCompared(asset)}
    >
      <Icon name="compare" size={15} />
    </button>
  );
}

function Thumbnail({ id, alt }: { id: string; alt: string }) {
  const image = useRef<HTMLImageElement>(null);
  // While rows fly past the place stays empty; what is loaded already stays.
  const address = isFlying.value ? image.current?.getAttribute("src") : assetPicture(id, 224);
  return (
    <img
      ref={image}
      class="picture thumb"
      {...(address ? { src: address } : {})}
      alt={alt}
      width={224}
      height={224}
      decoding="async"
      draggable={false}
      onError={({ currentTarget: missing }) => {
        // Asked for while the service was away, say.
        whenBack(() => missing.isConnected && missing.setAttribute("src", missing.src));
      }}
    />
  );
}

function reasons(hit: Hit): string {
  const lines = Object.entries(hit.factors).map(([key, factor]) => `${factorName(key)} ${show.decimal(factor.value)}`);
  return [hit.asset.text, ...lines].filter(Boolean).join("\n");
}

function gridTop(grid: HTMLElement, box: HTMLElement): number {
  return grid.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
}

/** The toolbar sticks to the top of the scroller and covers what is under it. */
function toolbarHeight(box: HTMLElement): number {
  return box.querySelector<HTMLElement>(".results-bar")?.offsetHeight ?? 0;
}

function useFollowScroll(scroller: RefObject<HTMLElement>, grid: RefObject<HTMLElement>): void {
  useLayoutEffect(() => {
    const box = scroller.current;
    const inner = grid.current;
    if (!box || !inner) return;
    let landing: ReturnType<typeof setTimeout> | undefined;
    let frame = 0;
    let before = { top: box.scrollTop, at: performance.now() };
    const measure = () => {
      frame = 0;
      const now = { top: box.scrollTop, at: performance.now() };
      const speed = Math.abs(now.top - before.top) / Math.max(1, now.at - before.at);
      before = now;
      if (speed > FLYING) isFlying.value = true;
      clearTimeout(landing);
      landing = setTimeout(() => {
        isFlying.value = false;
      }, 90);
      const top = Math.floor(Math.max(0, box.scrollTop - gridTop(inner, box)) / STEP) * STEP;
      const { clientHeight: height } = box;
      const { clientWidth: width } = inner;
      const last = seen.value;
      if (top !== last.top || height !== last.height || width !== last.width) seen.value = { top, height, width };
    };
    const soon = () => {
      frame ||= requestAnimationFrame(measure);
    };
    box.addEventListener("scroll", soon, { passive: true });
    const watcher = new ResizeObserver(soon);
    watcher.observe(box);
    watcher.observe(inner);
    measure();
    return () => {
      box.removeEventListener("scroll", soon);
      watcher.disconnect();
      cancelAnimationFrame(frame);
      clearTimeout(landing);
    };
  }, [scroller, grid]);
}
