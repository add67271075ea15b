import { signal } from "@preact/signals";
import { restingPicture } from "../api/client";
import { casts, library, styleName } from "../state/catalog";
import { EMOTIONS } from "../state/face";
import { expression } from "../state/photo";
import * as query from "../state/query";
import { show, text } from "../strings";
import { RemovableChip, ToggleChip } from "../ui/Chip";
import { Icon } from "../ui/Icon";

const openPanel = signal<"emotion" | "characters" | null>(null);
const TAGS_OFFERED = 60;

/** Words, emotion, styles, characters and tags; all of them combine. */
export function QueryBar() {
  return (
    <search class="query">
      <div class="query-row">
        <label class="words">
          <span class="unseen">{text.library.words}</span>
          <Icon name="search" />
          <input
            type="search"
            autocomplete="off"
            spellcheck={false}
            maxLength={500}
            placeholder={text.library.wordsExample}
            value={query.words.value}
            onInput={(event) => {
              query.words.value = event.currentTarget.value;
            }}
          />
        </label>
        <Opener panel="emotion" label={text.library.emotion} />
        <Opener panel="characters" label={text.library.characters} />
        <TagInput />
      </div>
      {openPanel.value === "emotion" && <EmotionSliders />}
      {openPanel.value === "characters" && <CharacterChips />}
      <div class="query-row chips">
        {casts.value.map(({ style }) => (
          <ToggleChip
            key={style.id}
            on={query.styles.value.includes(style.id)}
            onToggle={() => {
              query.styles.value = query.toggled(query.styles.value, style.id);
            }}
          >
            {style.name}
          </ToggleChip>
        ))}
        <Asked />
      </div>
    </search>
  );
}

function Opener({ panel, label }: { panel: "emotion" | "characters"; label: string }) {
  const isOpen = openPanel.value === panel;
  return (
    <button
      type="button"
      class="button opener"
      aria-expanded={isOpen}
      onClick={() => {
        openPanel.value = isOpen ? null : panel;
      }}
    >
      {label}
      <Icon name="down" size={14} />
    </button>
  );
}

function EmotionSliders() {
  return (
    <fieldset class="panel sliders">
      <legend class="quiet-text">{text.library.emotionHint}</legend>
      {EMOTIONS.map((name) => {
        const share = query.emotion.value[name] ?? 0;
        return (
          <label class="slider" key={name}>
            <span>{text.emotions[name]}</span>
            <input
              type="range"
              min={0}
              max={100}
              step={5}
              value={Math.round(share * 100)}
              aria-valuetext={show.percent(share)}
              onInput={(event) => query.setEmotion(name, Number(event.currentTarget.value) / 100)}
            />
            <output>{show.percent(share)}</output>
          </label>
        );
      })}
    </fieldset>
  );
}

function CharacterChips() {
  return (
    <div class="panel who">
      {casts.value.map(({ style, characters }) => (
        <div key={style.id} class="who-style">
          <h4>{style.name}</h4>
          <div class="chips">
            {characters.map((one) => (
              <ToggleChip
                key={one.id}
                on={query.characters.value.includes(one.id)}
                onToggle={() => {
                  query.characters.value = query.toggled(query.characters.value, one.id);
                }}
              >
                <img src={restingPicture(one.id, one.kind, 64)} alt="" width={26} height={26} loading="lazy" />
                {one.name}
              </ToggleChip>
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}

function TagInput() {
  const known = Object.entries(library.value?.tags ?? {})
    .sort(([, a], [, b]) => b - a)
    .slice(0, TAGS_OFFERED);
  const add = (input: HTMLInputElement) => {
    const tag = input.value.trim().toLowerCase();
    if (!tag) return;
    if (!query.tags.value.includes(tag)) query.tags.value = [...query.tags.value, tag];
    input.value = "";
  };
  return (
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
        {known.map(([tag, count]) => (
          <option key={tag} value={tag}>
            {show.count(count)}
          </option>
        ))}
      </datalist>
    </label>
  );
}

/** What is asked besides the styles, each to be taken away. */
function Asked() {
  const felt = Object.entries(query.emotion.value).filter(([, share]) => share > 0);
  const names = new Map(casts.value.flatMap(({ characters }) => characters.map((one) => [one.id, one.name])));
  const chosen = query.like.value;
  return (
    <>
      {expression.value && (
        <ToggleChip
          on={query.withPhoto.value}
          onToggle={() => {
            query.withPhoto.value = !query.withPhoto.value;
          }}
        >
          <Icon name="photo" size={15} />
          {text.library.looksLike}
        </ToggleChip>
      )}
      {chosen && (
        <RemovableChip
          label={`${text.library.like}: ${names.get(chosen.character) ?? chosen.character}, ${styleName(chosen.style)}`}
          onRemove={() => {
            query.like.value = null;
          }}
        />
      )}
      {felt.map(([name, share]) => (
        <RemovableChip
          key={name}
          label={`${text.emotions[name] ?? name} ${show.percent(share)}`}
          onRemove={() => query.setEmotion(name, 0)}
        />
      ))}
      {query.characters.value.map((id) => (
        <RemovableChip
          key={id}
          label={names.get(id) ?? id}
          onRemove={() => {
            query.characters.value = query.toggled(query.characters.value, id);
          }}
        />
      ))}
      {query.tags.value.map((tag) => (
        <RemovableChip
          key={tag}
          label={`#${tag}`}
          onRemove={() => {
            query.tags.value = query.toggled(query.tags.value, tag);
          }}
        />
      ))}
      {query.isAsked.value && (
        <button type="button" class="link" onClick={query.clearQuery}>
          {text.library.clear}
        </button>
      )}
    </>
  );
}
