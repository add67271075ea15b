import { CharacterCard } from "../stage/CharacterCard";
import { catalog, loadCatalog } from "../state/catalog";
import { remembered } from "../state/memory";
import { mapping, places, restage, staged } from "../state/stage";
import { targets } from "../state/targets";
import { text } from "../strings";
import { FoldHead } from "../ui/Fold";
import { Icon } from "../ui/Icon";
import { Trouble } from "../ui/Trouble";
import { AddTarget, TargetTrouble } from "./AddTarget";
import { isDragging, isOverStage } from "./dropping";
import { TargetCard } from "./TargetCard";

/** Whoever only searches has the place for results. */
const isOpen = remembered("mien.stage", true);

/** One character of each style, showing what was read. */
export function StagePanel() {
  const known = catalog.value;
  return (
    <section
      class="stage"
      aria-labelledby="stage-title"
      aria-busy={mapping.value.status === "busy"}
      data-takes="target"
    >
      {isDragging.value && (
        <p class={isOverStage.value ? "drop-here over" : "drop-here"} aria-hidden="true">
          <Icon name="drop" size={26} />
          {text.target.dropHere}
        </p>
      )}
      <header class="section-head">
        <FoldHead id="stage-title" title={text.stage.title} isOpen={isOpen} />
        <p class="quiet-text">{staged.value ? text.stage.within : text.stage.waiting}</p>
        <span class="grow" />
        <AddTarget />
      </header>
      <TargetTrouble />
      {mapping.value.status === "failed" && <Trouble problem={mapping.value.problem} onAgain={() => void restage()} />}
      {known.status === "failed" ? (
        <Trouble problem={known.problem} onAgain={() => void loadCatalog()} />
      ) : (
        <div class="cards" hidden={!isOpen.value}>
          {places.value.map((place) => (
            <CharacterCard key={place.style.id} place={place} />
          ))}
          {targets.value.map((target) => (
            <TargetCard key={target.id} target={target} />
          ))}
          {known.status !== "done" && ["a", "b", "c", "d"].map((key) => <div class="card blank" key={key} />)}
        </div>
      )}
    </section>
  );
}
