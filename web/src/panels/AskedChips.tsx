import { assetPicture } from "../api/client";
import { characterName, controls, library, styleName } from "../state/catalog";
import { axesOf } from "../state/controls";
import { expression, photo } from "../state/photo";
import * as query from "../state/query";
import { show, text, wordsOfControl } from "../strings";
import { RemovableChip } from "../ui/Chip";
import { focusHits } from "../ui/focus";
import { Icon } from "../ui/Icon";

/** All that is asked, each part to be taken away. */
export function AskedChips() {
  if (!query.isAsked.value) {
    return <p class="quiet-text asked-none">{library.value?.assets === 0 ? "" : text.asked.nothing}</p>;
  }
  const without = (list: readonly string[], item: string) => list.filter((other) => other !== item);
  return (
    <div class="chips asked-chips">
      {query.words.value.trim() && (
        <RemovableChip
          label={text.asked.words(query.words.value.trim())}
          onRemove={() => {
            query.words.value = "";
          }}
        />
      )}
      {expression.value && query.withPhoto.value && (
        <RemovableChip label={photo.value ? text.asked.photo : text.asked.face} onRemove={query.leaveFace}>
          {photo.value ? (
            <img src={photo.value.address} alt="" width={22} height={22} />
          ) : (
            <Icon name="photo" size={15} />
          )}
        </RemovableChip>
      )}
      {Object.entries(query.emotion.value).map(([name, share]) => (
        <RemovableChip
          key={name}
          label={`${text.emotions[name] ?? name} ${show.percent(share)}`}
          onRemove={() => query.setEmotion(name, 0)}
        />
      ))}
      <SetControls />
      {query.like.value && (
        <RemovableChip
          label={text.asked.like}
          onRemove={() => {
            query.like.value = null;
          }}
        >
          <Small id={query.like.value} />
        </RemovableChip>
      )}
      {query.unlike.value && (
        <RemovableChip
          label={text.asked.unlike}
          onRemove={() => {
            query.unlike.value = null;
          }}
        >
          <Small id={query.unlike.value} />
        </RemovableChip>
      )}
      {query.styles.value.map((id) => (
        <RemovableChip
          key={id}
          label={styleName(id)}
          onRemove={() => {
            query.styles.value = without(query.styles.value, id);
          }}
        />
      ))}
      {query.characters.value.map((id) => (
        <RemovableChip
          key={id}
          label={characterName(id, id)}
          onRemove={() => {
            query.characters.value = without(query.characters.value, id);
          }}
        />
      ))}
      {query.tags.value.map((tag) => (
        <RemovableChip
          key={tag}
          label={`#${tag}`}
          onRemove={() => {
            query.tags.value = without(query.tags.value, tag);
          }}
        />
      ))}
      {query.minRating.value > 0 && (
        <RemovableChip
          label={text.asked.stars(query.minRating.value)}
          onRemove={() => {
            query.minRating.value = 0;
          }}
        />
      )}
      {query.area.value && (
        <RemovableChip
          label={text.asked.area(query.areaIds.value.length)}
          onRemove={() => {
            query.area.value = null;
          }}
        />
      )}
      <button
        type="button"
        class="link"
        onClick={() => {
          focusHits();
          query.clearQuery();
        }}
      >
        {text.library.clear}
      </button>
    </div>
  );
}

/** Left and right that were set alike are one chip. */
function SetControls() {
  const set = query.sliders.value;
  const chips = axesOf(controls.value).flatMap((axis) => {
    const own = axis.controls.filter(({ name }) => set[name] !== undefined);
    const [first] = own;
    if (!first) return [];
    const isWhole = own.length === axis.controls.length && own.every(({ name }) => set[name] === set[first.name]);
    return isWhole
      ? [{ name: axis.name, controls: own, value: set[first.name] ?? 0.5 }]
      : own.map((one) => ({ name: one.name, controls: [one], value: set[one.name] ?? 0.5 }));
  });
  return (
    <>
      {chips.map((chip) => (
        <RemovableChip
          key={chip.name}
          label={`${wordsOfControl(chip.name)} ${show.steps(Math.round((chip.value - 0.5) * 200))}`}
          onRemove={() => query.setControls(chip.controls, 0.5)}
        />
      ))}
    </>
  );
}

/** A link may name what is gone: then the words beside it are enough. */
function Small({ id }: { id: string }) {
  return (
    <img
      key={id}
      src={assetPicture(id, 64)}
      alt=""
      width={22}
      height={22}
      onError={({ currentTarget }) => {
        currentTarget.hidden = true;
      }}
    />
  );
}
