import { reading } from "../state/photo";
import * as query from "../state/query";
import { text } from "../strings";
import { Fold } from "../ui/Fold";
import { Icon } from "../ui/Icon";
import { ControlSliders } from "./ControlSliders";
import { EmotionWheel } from "./EmotionWheel";
import { Filters } from "./Filters";
import { PhotoPanel } from "./PhotoPanel";
import { ReadingPanel } from "./ReadingPanel";

/** Every way to ask: words, a photo, a feeling, sliders, filters; all of them combine. */
export function QueryPanel() {
  const filters =
    query.styles.value.length +
    query.characters.value.length +
    query.tags.value.length +
    (query.minRating.value > 0 ? 1 : 0);
  const set = Object.keys(query.sliders.value).length;
  return (
    <search class="query-panel" aria-label={text.query.title}>
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
      <Fold id="photo" title={text.photo.title}>
        <PhotoPanel />
      </Fold>
      {(reading.value.value || reading.value.status === "busy") && (
        <Fold id="reading" title={text.reading.title}>
          <ReadingPanel />
        </Fold>
      )}
      <Fold id="wheel" title={text.wheel.title}>
        <EmotionWheel />
      </Fold>
      <Fold id="sliders" title={text.sliders.title} note={set ? text.query.set(set) : ""} open={false}>
        <ControlSliders />
      </Fold>
      <Fold id="filters" title={text.query.filters} note={filters ? text.query.set(filters) : ""}>
        <Filters />
      </Fold>
    </search>
  );
}
