import { signal } from "@preact/signals";
import { restingPicture } from "../api/client";
import { casts, library, styleName } from "../state/catalog";
import * as query from "../state/query";
import { show, text } from "../strings";
import { ToggleChip } from "../ui/Chip";
import { Stars } from "../ui/Stars";

const TAGS_OFFERED = 60;
const TAGS_SHOWN = 12;
const unfolded = signal<string | null>(null);

/** Styles, characters, tags and stars; an expression must pass all of them. */
export function Filters() {
  return (
    <div class="filters">
      <h3>{text.library.styles}</h3>
      <div class="chips">
        {casts.value.map(({ style }) => (
          <ToggleChip
            key={style.id}
            on={query.styles.value.includes(style.id)}
            onToggle={() => {
              query.styles.value = query.toggled(query.styles.value, style.id);
            }}
          >
            {styleName(style.id)}
          </ToggleChip>
        ))}
      </div>
      <h3>{text.library.characters}</h3>
      <Who />
      <h3>{text.library.tags}</h3>
      <Tags />
      <h3>{text.rating.atLeast}</h3>
      <Stars
        value={query.minRating.value}
        label={text.rating.atLeast}
        onChange={(stars) => {
          query.minRating.value = stars;
        }}
      />
    </div>
  );
}

function Who() {
  const counts = library.value?.characters ?? {};
  return (
    <div class="who">
      {casts.value.map(({ style, characters }) => {
        const isOpen = unfolded.value === style.id;
        const chosen = characters.filter(({ id }) => query.characters.value.includes(id));
        const shown = isOpen ? characters : chosen;
        return (
          <div key={style.id} class="who-style">
            <button
              type="button"
              class="who-head"
              aria-expanded={isOpen}
              onClick={() => {
                unfolded.value = isOpen ? null : style.id;
              }}
            >
              <span>{styleName(style.id)}</span>
              <span class="quiet-text">{show.count(characters.length)}</span>
            </button>
            {shown.length > 0 && (
              <div class="chips">
                {shown.map((one) => (
                  <ToggleChip
                    key={one.id}
                    on={query.characters.value.includes(one.id)}
                    onToggle={() => {
                      query.characters.value = query.toggled(query.characters.value, one.id);
                    }}
                  >
                    <img src={restingPicture(one.id, one.kind, 64)} alt="" width={26} height={26} loading="lazy" />
                    {one.name}
                    {counts[one.id] ? <span class="chip-count">{show.count(counts[one.id] ?? 0)}</span> : null}
                  </ToggleChip>
                ))}
              </div>
            )}
          </div>
        );
      })}
    </div>
  );
}

function Tags() {
  const known = Object.entries(library.value?.tags ?? {}).sort(([, a], [, b]) => b - a);
  const add = (input: HTMLInputElement) => {
    const tag = query.asTag(input.value);
    if (!tag) return;
    if (!query.tags.value.includes(tag)) query.tags.value = [...query.tags.value, tag];
    input.value = "";
  };
  return (
    <>
      <label class="tag-input">
        <span class="unseen">{text.library.addTag}</span>
        <input
          type="text"
          list="known-tags"
          autocomplete="off"
          maxLength={120}
          placeholder={text.library.addTag}
          onKeyDown={(event) => {
            if (event.key === "Enter") add(event.currentTarget);
          }}
          onChange={(event) => add(event.currentTarget)}
        />
        <datalist id="known-tags">
          {known.slice(0, TAGS_OFFERED).map(([tag, count]) => (
            <option key={tag} value={tag}>
              {show.count(count)}
            </option>
          ))}
        </datalist>
      </label>
      <div class="chips">
        {known.slice(0, TAGS_SHOWN).map(([tag, count]) => (
          <ToggleChip
            key={tag}
            on={query.tags.value.includes(tag)}
            onToggle={() => {
              query.tags.value = query.toggled(query.tags.value, tag);
            }}
          >
            {tag}
            <span class="chip-count">{show.count(count)}</span>
          </ToggleChip>
        ))}
      </div>
    </>
  );
}
