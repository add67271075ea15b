import { CharacterCard } from "../stage/CharacterCard";
import { catalog, loadCatalog } from "../state/catalog";
import { remembered } from "../state/memory";
import { expression } from "../state/photo";
import { mapping, places, restage } from "../state/stage";
import { text } from "../strings";
import { Icon } from "../ui/Icon";
import { Trouble } from "../ui/Trouble";

/** Whoever only searches has the place for results. */
const isOpen = remembered("mien.stage", true);

/** One character of each style, showing what was read. */
export function StagePanel() {
  const known = catalog.value;
  return (
    <section class="stage" aria-labelledby="stage-title" aria-busy={mapping.value.status === "busy"}>
      <header class="section-head">
        <h2 id="stage-title">
          <button
            type="button"
            class="fold-head"
            aria-expanded={isOpen.value}
            onClick={() => {
              isOpen.value = !isOpen.value;
            }}
          >
            <Icon name="down" size={14} />
            <span>{text.stage.title}</span>
          </button>
        </h2>
        <p class="quiet-text">{expression.value ? text.stage.within : text.stage.waiting}</p>
      </header>
      {mapping.value.status === "failed" && <Trouble problem={mapping.value.problem} onAgain={() => void restage()} />}
      {known.status === "failed" ? (
        <Trouble problem={known.problem} onAgain={() => void loadCatalog()} />
      ) : (
        <div class="cards" hidden={!isOpen.value}>
          {places.value.map((place) => (
            <CharacterCard key={place.style.id} place={place} />
          ))}
          {known.status !== "done" && ["a", "b", "c", "d"].map((key) => <div class="card blank" key={key} />)}
        </div>
      )}
    </section>
  );
}
