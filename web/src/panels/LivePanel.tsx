import { useEffect, useRef } from "preact/hooks";
import { restingPicture } from "../api/client";
import type { Character } from "../api/types";
import { Follower, hasGraphics } from "../stage/Follower";
import { Overlay } from "../stage/Overlay";
import { styleName } from "../state/catalog";
import { view } from "../state/desk";
import { EMOTIONS, GUESS_BELOW, topEmotion } from "../state/face";
import * as live from "../state/live";
import { choose, type Place, places } from "../state/stage";
import { show, text } from "../strings";
import { MAIN } from "../ui/focus";
import { Icon } from "../ui/Icon";
import { Meter } from "../ui/Meter";
import { Picture } from "../ui/Picture";
import { Reason } from "../ui/Reason";

/** The camera and the characters that follow it. */
export function LivePanel() {
  const video = useRef<HTMLVideoElement>(null);
  const now = live.camera.value;
  const isOn = now.status === "on";
  useEffect(() => () => live.stop(), []);
  return (
    <div class={live.isMirrored.value ? "centre live mirrored" : "centre live"} id={MAIN} tabIndex={-1}>
      <section class="live-source" aria-labelledby="live-title">
        <header class="section-head">
          <h2 id="live-title">{text.live.title}</h2>
          <p class="quiet-text">{text.privacy}</p>
        </header>
        <div class={isOn ? "live-frame on" : "live-frame"}>
          <video ref={video} class="live-video" muted playsInline aria-label={text.live.video} />
          {isOn && <Seen />}
          {!isOn && (
            <div class="live-invite">
              <Icon name="camera" size={40} />
              <p class="invite-title">{text.live.invite}</p>
              <p class="quiet-text">{now.status === "refused" ? now.message : text.live.hint}</p>
              <button
                type="button"
                class="button primary"
                disabled={now.status === "asking"}
                onClick={() => video.current && void live.start(video.current, { draws: hasGraphics() })}
              >
                {now.status === "refused" ? text.problems.again : text.live.start}
              </button>
            </div>
          )}
        </div>
        {isOn && <Tools />}
        {isOn && <Said />}
      </section>
      <section class="live-cast" aria-label={text.live.cast}>
        {places.value.map((place) => (
          <Card key={place.style.id} place={place} />
        ))}
      </section>
    </div>
  );
}

/** What was read, over the video. */
function Seen() {
  const read = live.last.value;
  if (!read || live.isFaceless.value) return null;
  return (
    <div class="live-overlay">
      <Overlay width={read.picture.width_px} height={read.picture.height_px} contours={read.contours} />
    </div>
  );
}

/** One style's character, following; it alone is rendered with every frame, not what stands around it. */
function Card({ place: { style, character, characters } }: { place: Place }) {
  return (
    <article class="card live-card" data-style={style.id}>
      <Figure character={character} style={styleName(style.id)} />
      <div class="card-head">
        <h3>{styleName(style.id)}</h3>
        <label class="select">
          <span class="unseen">{text.stage.choose(styleName(style.id))}</span>
          <select value={character.id} onChange={(event) => choose(style.id, event.currentTarget.value)}>
            {characters.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
          <Icon name="down" size={14} />
        </label>
      </div>
    </article>
  );
}

function Figure({ character, style }: { character: Character; style: string }) {
  const figure = live.figureOf(character.id);
  if (!figure) {
    return (
      <Picture
        address={restingPicture(character.id, character.kind, 512)}
        alt={text.stage.altRest(character.name, style)}
        otherwise={text.stage.failedPicture}
      />
    );
  }
  return (
    <Follower
      key={character.id}
      figure={figure}
      name={character.name}
      alt={text.live.follows(character.name)}
      onShown={() => live.shown(character.id)}
    />
  );
}

function Tools() {
  const frozen = live.isFrozen.value;
  const kept = live.kept.value;
  const pace = live.pace.value;
  return (
    <div class="live-tools">
      <button type="button" class="button small" aria-pressed={frozen} onClick={() => void live.freeze(!frozen)}>
        {frozen ? text.live.goOn : text.live.hold}
      </button>
      <button
        type="button"
        class="button small primary"
        disabled={!live.said.value}
        onClick={() => {
          if (!live.useAsQuery()) return;
          view.value = "search";
        }}
      >
        <Icon name="search" size={15} />
        {text.live.find}
      </button>
      <button
        type="button"
        class="button small"
        disabled={!live.said.value || kept.status === "busy"}
        onClick={() => void live.keepFrame()}
      >
        <Icon name="plus" size={15} />
        {text.live.keep}
      </button>
      <span class="live-tools-last">
        <button
          type="button"
          class="button small"
          aria-pressed={live.isMirrored.value}
          onClick={() => {
            live.isMirrored.value = !live.isMirrored.value;
          }}
        >
          {text.live.mirror}
        </button>
        <button type="button" class="button small quiet" onClick={live.stop}>
          {text.live.stop}
        </button>
      </span>
      <span class="grow" />
      <output
        class="live-pace"
        data-frames={pace?.frames ?? 0}
        data-drawn={pace?.drawnPx ?? 0}
        data-behind={Math.round(pace?.tookMs ?? 0)}
      >
        {pace
          ? text.live.pace(pace.perSecond, pace.tookMs)
          : live.isFaceless.value || live.problem.value
            ? "\u00a0"
            : text.live.measuring}
      </output>
      {kept.status === "done" && <p class="quiet-text live-kept">{text.live.kept}</p>}
    </div>
  );
}

/** What the face of this moment says, and how sure that is. */
function Said() {
  const trouble = live.problem.value;
  const expression = live.said.value;
  if (trouble && trouble.kind !== "Offline") {
    return (
      <p class="live-trouble" role="status">
        <Reason problem={trouble} isShort />
      </p>
    );
  }
  if (live.isFaceless.value) {
    return (
      <p class="live-trouble" role="status">
        {text.live.noFace}
      </p>
    );
  }
  if (!expression) return <p class="quiet-text">{text.live.waiting}</p>;
  const { emotion, confidence } = expression;
  const top = topEmotion(emotion);
  const isGuess = confidence < GUESS_BELOW;
  return (
    <div class={isGuess ? "live-said unsure" : "live-said"}>
      <p class="verdict-name">
        {text.emotions[top]}
        {isGuess && <span class="badge">{text.reading.guess}</span>}
      </p>
      <Meter label={text.reading.confidence} value={confidence} shown={show.percent(confidence)} />
      {EMOTIONS.map((name) => (
        <Meter
          key={name}
          label={text.emotions[name] ?? name}
          value={emotion.probabilities[name] ?? 0}
          shown={show.percent(emotion.probabilities[name] ?? 0)}
          strong={name === top}
        />
      ))}
    </div>
  );
}
