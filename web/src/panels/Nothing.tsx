import { library } from "../state/catalog";
import * as query from "../state/query";
import { text } from "../strings";
import { focusHits } from "../ui/focus";
import { Icon } from "../ui/Icon";

/** Why there is nothing to see, and what to do: the library is empty, or nothing in it is as was asked. */
export function Nothing() {
  const isEmpty = library.value?.assets === 0 || !query.isAsked.value;
  return (
    <div class="nothing">
      <Icon name={isEmpty ? "grid" : "search"} size={28} />
      <p>{isEmpty ? text.library.emptyLibrary : text.library.empty}</p>
      <p class="quiet-text">{isEmpty ? text.library.emptyLibraryHint : text.library.emptyHint}</p>
      {!isEmpty && (
        <button
          type="button"
          class="button small"
          onClick={() => {
            focusHits();
            query.clearQuery();
          }}
        >
          {text.library.clear}
        </button>
      )}
    </div>
  );
}
