import { signal } from "@preact/signals";
import { restingPicture } from "../api/client";
import { pictureOf } from "../stage/CharacterCard";
import { controls, styleName } from "../state/catalog";
import { type Axis, axesOf, controlsOf, REST } from "../state/controls";
import { REGIONS, type Region } from "../state/face";
import { candidates, choosePuppet, mapped, puppet } from "../state/puppet";
import { face, setControls, sliders } from "../state/query";
import { show, text, wordsOfControl } from "../strings";
import { Icon } from "../ui/Icon";
import { Picture } from "../ui/Picture";

const region = signal<Region>("mouth");
/** Left and right apart, or as one. */
const isApart = signal(false);

/** Sliders by region, and a character that follows them. */
export function ControlSliders() {
  const axes = axesOf(controls.value);
  const who = puppet.value;
  const now = mapped.value?.character.id === who?.id ? mapped.value : null;
  const set = Object.keys(sliders.value).length;
  const values = controlsOf(face.value?.coefficients ?? {}, controls.value);
  return (
    <div class="puppet">
      <div class="puppet-stage">
        {who && (
          <Picture
            address={now ? pictureOf(now, 384) : restingPicture(who.id, who.kind, 384)}
            alt={text.sliders.follows(who.name)}
            otherwise={text.stage.failedPicture}
          />
        )}
        <label class="select puppet-who">
          <span class="unseen">{text.sliders.who}</span>
          <select value={who?.id ?? ""} onChange={(event) => choosePuppet(event.currentTarget.value)}>
            {candidates.value.map(({ style, characters }) => (
              <optgroup label={styleName(style.id)} key={style.id}>
                {characters.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.name}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
          <Icon name="down" size={14} />
        </label>
      </div>
      <div class="tabs" role="tablist" aria-label={text.sliders.regions}>
        {REGIONS.map((name) => (
          <button
            type="button"
            role="tab"
            key={name}
            id={`region-${name}`}
            aria-selected={region.value === name}
            aria-controls="region-sliders"
            tabIndex={region.value === name ? 0 : -1}
            class={axes.some((axis) => axis.region === name && isSet(axis)) ? "tab marked" : "tab"}
            onClick={() => {
              region.value = name;
            }}
            onKeyDown={(event) => {
              const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
              if (!step) return;
              const next = REGIONS[(REGIONS.indexOf(name) + step + REGIONS.length) % REGIONS.length] ?? name;
              region.value = next;
              document.getElementById(`region-${next}`)?.focus();
            }}
          >
            {text.regionsShort[name]}
          </button>
        ))}
      </div>
      <div id="region-sliders" role="tabpanel" aria-labelledby={`region-${region.value}`} class="axes">
        {axes
          .filter((axis) => axis.region === region.value)
          .flatMap((axis) =>
            isApart.value && axis.controls.length > 1
              ? axis.controls.map((control) => ({ ...axis, name: control.name, controls: [control] }))
              : [axis],
          )
          .map((axis) => (
            <AxisSlider key={axis.name} axis={axis} values={values} />
          ))}
      </div>
      <div class="puppet-foot">
        <label class="check">
          <input
            type="checkbox"
            checked={isApart.value}
            onChange={(event) => {
              isApart.value = event.currentTarget.checked;
            }}
          />
          {text.sliders.apart}
        </label>
        <button
          type="button"
          class="link"
          disabled={set === 0}
          onClick={() => {
            sliders.value = {};
          }}
        >
          {text.sliders.rest}
        </button>
      </div>
    </div>
  );
}

function isSet(axis: Axis): boolean {
  return axis.controls.some(({ name }) => sliders.value[name] !== undefined);
}

function AxisSlider({ axis, values }: { axis: Axis; values: Record<string, number> }) {
  const value = axis.controls.reduce((sum, { name }) => sum + (values[name] ?? REST), 0) / axis.controls.length;
  const low = axis.goesDown ? -100 : 0;
  const shown = Math.round((value - REST) * 200);
  const label = wordsOfControl(axis.name);
  return (
    <label class={isSet(axis) ? "slider axis set" : "slider axis"}>
      <span>{label}</span>
      <input
        type="range"
        min={low}
        max={100}
        step={2}
        value={shown}
        class={axis.goesDown ? "both-ways" : ""}
        aria-valuetext={show.steps(shown)}
        onInput={(event) => setControls(axis.controls, REST + Number(event.currentTarget.value) / 200)}
        onDblClick={() => setControls(axis.controls, REST)}
      />
      <output>{show.steps(shown)}</output>
    </label>
  );
}
