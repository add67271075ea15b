import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { assetPicture } from "../api/client";
import type { Asset, Mapped } from "../api/types";
import { Attention, AttentionLegend } from "../stage/Attention";
import { pictureOf } from "../stage/CharacterCard";
import { ControlBars } from "../stage/ControlBars";
import { closeToFace, isSmall, percent, wholePhoto } from "../stage/framing";
import { LiveCharacter } from "../stage/LiveCharacter";
import { HowSure, Painted } from "../stage/Painted";
import { arkitCsv } from "../state/arkit";
import { characterOf, controls, styleName, styleOf, whoIs } from "../state/catalog";
import * as desk from "../state/desk";
import { EMOTIONS, topEmotion } from "../state/face";
import * as query from "../state/query";
import { annotate, current, rate, ratingTrouble, rejected, stars } from "../state/ratings";
import { hitOf, results } from "../state/results";
import * as targets from "../state/targets";
import { show, text } from "../strings";
import { download, downloadJson, downloadText } from "../ui/download";
import { Icon } from "../ui/Icon";
import { Meter } from "../ui/Meter";
import { Picture } from "../ui/Picture";
import { Reason } from "../ui/Reason";
import { Stars } from "../ui/Stars";
import { Trouble } from "../ui/Trouble";
import { lessLike, moreLike } from "./HitGrid";
import { Keys } from "./Keys";

/** The character as it can be posed, or the picture as it was kept. */
const shows = signal<"live" | "picture">("live");

/** One expression closely: alive, in numbers, why it was found, and its like in other styles. */
export function DetailPane() {
  const pane = useRef<HTMLElement>(null);
  const now = desk.opened.value;
  useEffect(() => {
    pane.current?.scrollTo({ top: 0 });
  }, [now?.asset.id]);
  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || !closes(event.target)) return;
      closeDetail();
      // What is open behind it is closed by the next.
      event.preventDefault();
    };
    window.addEventListener("keydown", close);
    return () => window.removeEventListener("keydown", close);
  }, []);
  const isEmpty = !now && !desk.isGone.value;
  return (
    <aside ref={pane} class={isEmpty ? "detail-pane empty" : "detail-pane"} aria-label={text.detail.title}>
      {now ? (
        <Closely asset={current(now.asset)} />
      ) : desk.isGone.value ? (
        <div class="nothing" role="status">
          <Icon name="alert" size={28} />
          <p>{text.detail.gone}</p>
          <p class="quiet-text">{text.detail.goneHint}</p>
          <button type="button" class="button small" onClick={closeDetail}>
            {text.dialog.close}
          </button>
        </div>
      ) : (
        <div class="nothing">
          <Icon name="expand" size={28} />
          <p>{text.detail.empty}</p>
          {desk.view.value === "map" ? (
            <p class="quiet-text">{text.detail.emptyHintMap}</p>
          ) : (
            <>
              <p class="quiet-text">{text.detail.emptyHint}</p>
              <Keys />
            </>
          )}
        </div>
      )}
    </aside>
  );
}

/** Escape closes the detail wherever the keyboard is, but in a window over the page and in fields outside of the detail. */
function closes(where: EventTarget | null): boolean {
  if (!desk.opened.value && !desk.isGone.value) return false;
  if (!(where instanceof Element) || document.querySelector("dialog[open], details.keys[open]")) return false;
  return where.closest(".detail-pane") !== null || where.closest("input, textarea, select") === null;
}

/** The keyboard goes back to what was looked at, or to where it was among the results. */
function closeDetail(): void {
  const last = desk.opened.value?.asset.id;
  desk.opened.value = null;
  desk.isGone.value = false;
  const back =
    document.querySelector<HTMLElement>(`.hit[data-id="${last}"]`) ??
    document.querySelector<HTMLElement>(".grid .hit[tabindex='0'], .map-canvas");
  back?.focus();
}

function Closely({ asset }: { asset: Asset }) {
  const name = whoIs(asset);
  const own = desk.staged.value.value?.own ?? null;
  return (
    <>
      <header class="detail-head">
        <div>
          <h2 title={name}>{name}</h2>
          {asset.style && <p class="quiet-text">{styleName(asset.style)}</p>}
        </div>
        <Step by={-1} />
        <Step by={1} />
        <button type="button" class="button quiet square small" onClick={closeDetail}>
          <Icon name="close" />
          <span class="unseen">{text.dialog.close}</span>
        </button>
      </header>
      <div class="detail-stage">
        {desk.isLooking.value ? (
          <Looked asset={asset} name={name} />
        ) : shows.value === "live" && own ? (
          <LiveCharacter mapped={own} alt={text.library.picture(name, asset.text)} />
        ) : (
          <Picture
            key={asset.id}
            address={assetPicture(asset.id)}
            alt={text.library.picture(name, asset.text)}
            otherwise={text.stage.failedPicture}
          />
        )}
        <fieldset class="frame-tools" aria-label={text.photo.view}>
          {(own ? (["live", "picture"] as const) : []).map((one) => (
            <button
              type="button"
              key={one}
              class="chip on-photo"
              aria-pressed={!desk.isLooking.value && shows.value === one}
              onClick={() => {
                shows.value = one;
                desk.isLooking.value = false;
              }}
            >
              {text.detail.shows[one]}
            </button>
          ))}
          <button
            type="button"
            class="chip on-photo"
            aria-pressed={desk.isLooking.value}
            title={text.photo.lookedWhy}
            onClick={() => {
              desk.isLooking.value = !desk.isLooking.value;
            }}
          >
            {text.photo.looked}
          </button>
        </fieldset>
      </div>
      <Opinion asset={asset} />
      <p class="detail-words" lang="en">
        {asset.text}
      </p>
      <Felt asset={asset} />
      <Why id={asset.id} />
      <section>
        <h3>{text.bars.title}</h3>
        <ControlBars coefficients={asset.coefficients} controls={controls.value} style={styleOf(asset.style)} />
      </section>
      <Elsewhere />
      <Notes key={asset.id} asset={asset} />
      <Downloads asset={asset} own={own} />
      <Provenance asset={asset} />
    </>
  );
}

/** The picture as it was kept, under where the reader looked; close to the face where that is small. */
function Looked({ asset, name }: { asset: Asset; name: string }) {
  const now = desk.looked.value;
  const reading = now.value?.reading;
  const width = reading?.picture.width_px ?? 1;
  const height = reading?.picture.height_px ?? 1;
  const box = reading?.faces[reading.face - 1]?.box_xyxy;
  const place = box && isSmall(width, height, box) ? closeToFace(width, height, box) : wholePhoto(width, height);
  return (
    <>
      <div class="frame-photo" style={percent(place)}>
        <img src={assetPicture(asset.id)} alt={text.library.picture(name, asset.text)} />
        {now.value?.attention && <Attention looked={now.value.attention} width={width} height={height} />}
      </div>
      {now.status === "busy" && (
        <p class="frame-status">
          <span class="spinner" aria-hidden="true" />
          {text.photo.reading}
        </p>
      )}
      {now.status === "failed" && (
        <p class="frame-note" role="alert">
          <Reason problem={now.problem} isShort />
        </p>
      )}
      {now.status === "done" &&
        (now.value.attention ? <AttentionLegend /> : <p class="frame-note">{text.detail.notLooked}</p>)}
    </>
  );
}

/** To the hit before or after, in the order of the results. */
function Step({ by }: { by: -1 | 1 }) {
  const hits = results.value.value?.hits ?? [];
  const at = hits.findIndex((one) => one?.asset.id === desk.opened.value?.asset.id);
  const next = at < 0 ? undefined : hits[at + by];
  return (
    <button
      type="button"
      class="button quiet square small"
      disabled={!next}
      onClick={() => {
        if (!next) return;
        desk.active.value = at + by;
        desk.open(next);
      }}
    >
      <Icon name={by < 0 ? "left" : "right"} />
      <span class="unseen">{by < 0 ? text.detail.previous : text.detail.next}</span>
    </button>
  );
}

function Opinion({ asset }: { asset: Asset }) {
  const isCompared = desk.compared.value.some(({ id }) => id === asset.id);
  const isRejected = rejected.value.includes(asset.id);
  return (
    <div class="opinion">
      <Stars
        value={stars.value[asset.id] ?? 0}
        label={text.rating.yours}
        onChange={(value) => void rate(asset.id, value)}
      />
      {asset.rating !== null && <span class="quiet-text">{text.rating.mean(asset.rating)}</span>}
      <button
        type="button"
        class="button small compare-one"
        aria-pressed={isCompared}
        title={text.compare.how}
        disabled={!isCompared && desk.compared.value.length >= desk.MOST_COMPARED}
        onClick={() => desk.toggleCompared(asset)}
      >
        <Icon name="compare" size={16} />
        {text.compare.one}
      </button>
      <div class="opinion-actions">
        <button type="button" class="button small" onClick={() => moreLike({ asset })}>
          <Icon name="more" size={16} />
          {text.library.moreLike}
        </button>
        <button
          type="button"
          class="button small"
          aria-pressed={isRejected}
          {...(isRejected ? { title: text.rating.lessBack } : {})}
          onClick={() => lessLike({ asset })}
        >
          <Icon name="less" size={16} />
          {text.rating.less}
        </button>
      </div>
      {ratingTrouble.value && <Trouble problem={ratingTrouble.value} />}
    </div>
  );
}

function Felt({ asset }: { asset: Asset }) {
  const { probabilities } = asset.emotion;
  const top = topEmotion(asset.emotion);
  const shown = EMOTIONS.filter((name) => (probabilities[name] ?? 0) >= 0.02).sort(
    (a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0),
  );
  return (
    <section>
      <h3>{text.detail.emotion}</h3>
      <div class="detail-felt">
        {shown.slice(0, 4).map((name) => (
          <Meter
            key={name}
            label={text.emotions[name] ?? name}
            value={probabilities[name] ?? 0}
            shown={show.percent(probabilities[name] ?? 0)}
            strong={name === top}
          />
        ))}
      </div>
      <p class="quiet-text">
        {text.reading.circumplex(asset.emotion.valence, asset.emotion.arousal)} · {text.reading.sure(asset.confidence)}
      </p>
    </section>
  );
}

/** By the question on show; what the hit was opened by may be another. */
function Why({ id }: { id: string }) {
  const now = results.value;
  if (!now.value || !query.isScored.value) return null;
  const hit = hitOf(id);
  if (!hit) {
    const loaded = now.value.hits.filter(Boolean).length;
    const isAll = loaded >= now.value.total;
    return now.status === "done" ? (
      <section class="why">
        <h3>{text.library.why}</h3>
        <p class="quiet-text">{isAll ? text.library.notHere : text.library.notLoaded(loaded)}</p>
      </section>
    ) : null;
  }
  const factors = Object.entries(hit.factors);
  if (factors.length === 0) return null;
  return (
    <section class="why">
      <h3>{text.library.why}</h3>
      {factors.map(([key, factor]) => (
        <Meter
          key={key}
          label={factorName(key)}
          value={factor.value}
          shown={text.library.sum(factor.value, factor.weight, factor.contribution)}
        />
      ))}
      <Meter label={text.library.score} value={hit.score} shown={show.decimal(hit.score)} strong />
    </section>
  );
}

/** The same expression on others, and what the library has that is alike. */
function Elsewhere() {
  const now = desk.staged.value;
  const { value: set, status } = now;
  const near = desk.neighbours.value.value ?? [];
  return (
    <>
      <section aria-busy={status === "busy"}>
        <h3>{text.detail.others}</h3>
        {now.status === "failed" && <Trouble problem={now.problem} onAgain={desk.stageAgain} />}
        <div class="others">
          {(set?.others ?? []).map((mapped) => (
            <figure key={mapped.character.id}>
              <Picture
                address={pictureOf(mapped, 256)}
                alt={text.library.picture(mapped.character.name, styleName(mapped.style))}
                otherwise={text.stage.failedPicture}
                lazy
              />
              <figcaption>{mapped.character.name}</figcaption>
            </figure>
          ))}
          {!set && status === "busy" && [1, 2, 3].map((key) => <div class="picture blank" key={key} />)}
        </div>
      </section>
      {targets.targets.value.length > 0 && (
        <section>
          <h3>{text.target.title}</h3>
          <div class="others two">
            {targets.targets.value.map((target) => (
              <PaintedToo key={target.id} target={target} />
            ))}
          </div>
        </section>
      )}
      {near.length > 0 && (
        <section>
          <h3>{text.detail.neighbours}</h3>
          <div class="others">
            {near.slice(0, 6).map((hit) => (
              <button type="button" class="hit small" key={hit.asset.id} onClick={() => desk.open(hit)}>
                <img
                  class="picture thumb"
                  src={assetPicture(hit.asset.id, 160)}
                  alt={hit.asset.text}
                  width={160}
                  height={160}
                  loading="lazy"
                />
                <span class="hit-line">
                  <span class="hit-name">{whoIs(hit.asset)}</span>
                  <span class="hit-score">{show.decimal(hit.score)}</span>
                </span>
              </button>
            ))}
          </div>
        </section>
      )}
    </>
  );
}

/** A character without a rig with the same expression. */
function PaintedToo({ target }: { target: targets.Target }) {
  const now = targets.inDetail.of(target.id);
  return (
    <figure aria-busy={now.status === "busy"}>
      <div class="card-frame">
        <Painted target={target} {...(now.value ? { drawn: now.value } : {})} />
        {now.value && (
          <span class="painted-badge" title={text.target.paintedWhy}>
            {text.target.painted}
          </span>
        )}
      </div>
      <figcaption title={target.name}>{target.name}</figcaption>
      {now.status === "failed" ? (
        <p class="card-trouble" role="alert">
          <Reason problem={now.problem} isShort />
        </p>
      ) : (
        now.value && <HowSure drawn={now.value} />
      )}
    </figure>
  );
}

/** Words and tags can be corrected; the library finds the expression by them. */
function Notes({ asset }: { asset: Asset }) {
  const adder = useRef<HTMLInputElement>(null);
  const commit = (event: { currentTarget: HTMLInputElement }) => {
    const tag = query.asTag(event.currentTarget.value);
    event.currentTarget.value = "";
    if (tag && !asset.tags.includes(tag)) void annotate(asset.id, { tags: [...asset.tags, tag] });
  };
  return (
    <section>
      <h3>{text.detail.notes}</h3>
      <label class="note">
        <span class="unseen">{text.detail.wordsLabel}</span>
        <textarea
          rows={2}
          maxLength={500}
          defaultValue={asset.text}
          placeholder={text.detail.wordsHint}
          onKeyDown={(event) => drops(event, asset.text)}
          onChange={(event) => {
            const words = event.currentTarget.value.trim();
            if (words !== asset.text) void annotate(asset.id, { text: words });
          }}
        />
      </label>
      <div class="chips">
        {asset.tags.map((tag) => (
          <span class="tag" key={tag}>
            <button
              type="button"
              class="chip"
              aria-pressed={query.tags.value.includes(tag)}
              onClick={() => {
                query.tags.value = query.toggled(query.tags.value, tag);
              }}
            >
              #{tag}
            </button>
            <button
              type="button"
              class="tag-off"
              aria-label={text.detail.removeTag(`#${tag}`)}
              title={text.detail.removeTag(`#${tag}`)}
              onClick={() => {
                // The button goes with its tag, and the keyboard stays near.
                adder.current?.focus();
                void annotate(asset.id, { tags: asset.tags.filter((one) => one !== tag) });
              }}
            >
              <Icon name="close" size={13} />
            </button>
          </span>
        ))}
        <label class="tag-add">
          <span class="unseen">{text.detail.addTag}</span>
          <input
            ref={adder}
            type="text"
            maxLength={60}
            placeholder={text.detail.addTag}
            onKeyDown={(event) => {
              if (event.key === "Enter") commit(event);
              else drops(event, "");
            }}
            onChange={commit}
          />
        </label>
      </div>
    </section>
  );
}

/** Escape drops what was typed, and closes nothing; where nothing was, it closes the detail as everywhere. */
function drops(event: KeyboardEvent & { currentTarget: HTMLInputElement | HTMLTextAreaElement }, before: string): void {
  if (event.key !== "Escape" || event.isComposing || event.currentTarget.value === before) return;
  event.currentTarget.value = before;
  event.preventDefault();
}

function Downloads({ asset, own }: { asset: Asset; own: Mapped | null }) {
  const file = `mien-${asset.character || "asset"}-${asset.id.slice(0, 8)}`;
  const svg = own?.svg;
  const kinds: [string, () => void][] = [
    [text.stage.png, () => download(assetPicture(asset.id), `${file}.png`)],
    ...(svg ? ([[text.stage.svg, () => download(svg, `${file}.svg`)]] as [string, () => void][]) : []),
    [text.stage.json, () => downloadJson(asset, `${file}.json`)],
    [text.stage.csv, () => downloadText(arkitCsv(asset.coefficients, asset.head), `${file}.csv`, "text/csv")],
  ];
  return (
    <section>
      <h3>{text.detail.take}</h3>
      <div class="detail-actions">
        {kinds.map(([what, take]) => (
          <button
            type="button"
            class="button small"
            key={what}
            aria-label={text.stage.downloadAs(text.detail.this, what)}
            onClick={take}
          >
            <Icon name="download" size={15} />
            {what}
          </button>
        ))}
      </div>
    </section>
  );
}

function Provenance({ asset }: { asset: Asset }) {
  const rows: [string, string][] = [
    [text.detail.production, asset.production],
    [text.detail.shot, [asset.sequence, asset.shot].filter(Boolean).join(" / ")],
    // A frame's number is its name.
    [text.detail.frame, asset.frame === null ? "" : String(asset.frame)],
    [text.detail.source, asset.source],
    [text.detail.added, asset.created_at ? show.date(asset.created_at) : ""],
  ];
  const licence = characterOf(asset.character)?.licence;
  const copied = useSignal("");
  return (
    <section>
      <h3>{text.detail.provenance}</h3>
      <dl class="provenance">
        {rows
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        {licence && (
          <div>
            <dt>{text.detail.licence}</dt>
            <dd lang="en">{licence}</dd>
          </div>
        )}
        <div>
          <dt>{text.detail.id}</dt>
          <dd class="asset-id">
            <code title={asset.id}>{asset.id}</code>
            {/* Only a page from a safe place may write to the clipboard. */}
            {window.isSecureContext && (
              <button
                type="button"
                class="link"
                onClick={() => {
                  void navigator.clipboard.writeText(asset.id).then(() => {
                    copied.value = asset.id;
                  });
                }}
              >
                <span aria-live="polite">{copied.value === asset.id ? text.detail.copied : text.detail.copy}</span>
              </button>
            )}
          </dd>
        </div>
      </dl>
    </section>
  );
}

export function factorName(key: string): string {
  return text.factors[key] ?? key;
}
