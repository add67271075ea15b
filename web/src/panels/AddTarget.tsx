import { useRef } from "preact/hooks";
import { percent } from "../stage/framing";
import * as targets from "../state/targets";
import { text } from "../strings";
import { Icon } from "../ui/Icon";
import { Trouble } from "../ui/Trouble";

/** A picture of a character without a rig joins the desk: chosen here, or dropped or pasted on the stage. */
export function AddTarget() {
  const file = useRef<HTMLInputElement>(null);
  const isFull = targets.targets.value.length >= targets.MOST;
  return (
    <>
      <input
        ref={file}
        hidden
        type="file"
        accept="image/*"
        multiple
        data-adds-target
        onChange={(event) => {
          const chosen = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = "";
          if (chosen.length) void targets.add(chosen);
        }}
      />
      <button
        type="button"
        class="button small quiet add-target"
        title={isFull ? text.target.tooMany(targets.MOST) : text.target.addWhy}
        aria-busy={targets.isJudging.value}
        disabled={isFull || targets.isJudging.value}
        onClick={() => file.current?.click()}
      >
        {targets.isJudging.value ? <span class="spinner" aria-hidden="true" /> : <Icon name="plus" size={16} />}
        <span class="add-target-label">{targets.isJudging.value ? text.target.looking : text.target.add}</span>
      </button>
    </>
  );
}

/** Why a picture cannot be drawn on, or whose face is meant, where it was dropped. */
export function TargetTrouble() {
  const problem = targets.refused.value;
  if (targets.choice.value) return <Pick choice={targets.choice.value} />;
  if (!problem) return null;
  return (
    <Trouble
      title={text.target.refused}
      problem={problem}
      onClose={() => {
        targets.refused.value = null;
      }}
    />
  );
}

function Pick({ choice: { address, read } }: { choice: targets.Choice }) {
  const { width_px: width, height_px: height } = read.reading.picture;
  const { faces } = read.reading;
  return (
    <section class="pick-face" aria-labelledby="pick-face">
      <header>
        <h3 id="pick-face">{text.target.pick}</h3>
        <button type="button" class="button small quiet square" onClick={targets.forgetChoice}>
          <Icon name="close" size={16} />
          <span class="unseen">{text.dialog.close}</span>
        </button>
      </header>
      <div class="pick-face-picture">
        <img src={address} alt="" />
        {faces.map(({ box_xyxy: [left = 0, top = 0, right = 0, bottom = 0] }, i) => (
          <button
            type="button"
            class="face-box"
            key={i}
            aria-label={text.target.pickFace(i + 1, faces.length)}
            style={percent({
              left: left / width,
              top: top / height,
              width: (right - left) / width,
              height: (bottom - top) / height,
            })}
            onClick={() => void targets.addFace(i + 1)}
          >
            <span>{i + 1}</span>
          </button>
        ))}
      </div>
    </section>
  );
}
