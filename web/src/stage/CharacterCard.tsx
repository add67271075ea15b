import { restingPicture } from "../api/client";
import type { Mapped } from "../api/types";
import { styleName } from "../state/catalog";
import { topEmotion } from "../state/face";
import { expression } from "../state/photo";
import { choose, enlarged, mappedOf, mapping, type Place } from "../state/stage";
import { text } from "../strings";
import { Icon } from "../ui/Icon";
import { Picture } from "../ui/Picture";
import { CurveDownloads } from "./CurveDownloads";

/** Pixels of what a card shows. */
export const SIZE = 512;

export function pictureOf(mapped: Mapped, size: number): string {
  return mapped.svg ?? `${mapped.picture}&size=${size}`;
}

/** One style's character, showing the expression. */
export function CharacterCard({ place }: { place: Place }) {
  const { style, character, characters } = place;
  const mapped = mappedOf(character.id);
  const felt = expression.value?.emotion ? topEmotion(expression.value.emotion) : "";
  const shown = mapped
    ? text.stage.alt(character.name, styleName(style.id), text.emotions[felt] ?? felt)
    : text.stage.altRest(character.name, styleName(style.id));
  return (
    <article class={`card${mapping.value.status === "busy" ? " busy" : ""}`} data-style={style.id}>
      <button
        type="button"
        class="card-picture"
        aria-label={text.stage.open(character.name)}
        onClick={() => {
          enlarged.value = style.id;
        }}
      >
        <Picture
          address={mapped ? pictureOf(mapped, SIZE) : restingPicture(character.id, character.kind, SIZE)}
          alt={shown}
          otherwise={text.stage.failedPicture}
        />
        <span class="card-expand">
          <Icon name="expand" size={16} />
        </span>
      </button>
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
      <CurveDownloads mapped={mapped} name={character.name} drawn={character.kind === "drawn"} />
    </article>
  );
}
