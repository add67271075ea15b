import { Curves, Notes } from "../stage/Curves";
import { HeatLegend, HeatToggle, HowSure, Painted } from "../stage/Painted";
import { Ranges } from "../stage/Ranges";
import { styleName, styleOf } from "../state/catalog";
import * as targets from "../state/targets";
import { text } from "../strings";
import { Dialog } from "../ui/Dialog";
import { TargetDownloads } from "./TargetCard";

/** A picture of a character large, before and after the network drew on it, with what it was asked for. */
export function TargetDialog() {
  const target = targets.targets.value.find(({ id }) => id === targets.enlarged.value);
  if (!target) return null;
  const drawn = targets.onStage.of(target.id).value;
  const style = styleOf(target.style);
  return (
    <Dialog
      title={`${target.name}, ${styleName(target.style)}`}
      onClose={() => {
        targets.enlarged.value = null;
      }}
    >
      <div class="before-after">
        <figure>
          <Painted target={target} />
          <figcaption>{text.target.before}</figcaption>
        </figure>
        {drawn && (
          <figure>
            <div class="card-frame">
              <Painted target={target} drawn={drawn} />
              <HeatLegend />
              <HeatToggle />
            </div>
            <figcaption>{text.target.after}</figcaption>
          </figure>
        )}
      </div>
      <div class="before-after-facts detail-facts">
        <div>
          {drawn && <p class="quiet-text">{text.target.paintedWhy}.</p>}
          <HowSure drawn={drawn} />
          {drawn && <p class="quiet-text">{text.target.changed(drawn.changed_share)}</p>}
          <TargetDownloads target={target} />
          {drawn && <Notes notes={drawn.notes} />}
          <p class="quiet-text">{text.target.where}</p>
        </div>
        <div>
          {style && (
            <>
              <h3>{text.stage.range}</h3>
              <Ranges style={style} controls={drawn?.controls ?? {}} />
            </>
          )}
          {drawn && <Curves bounded={drawn.bounded} />}
        </div>
      </div>
    </Dialog>
  );
}
