import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Attention, AttentionLegend } from "../stage/Attention";
import { closeToFace, isSmall, type Placement, percent, wholePhoto } from "../stage/framing";
import { Overlay } from "../stage/Overlay";
import { view } from "../state/desk";
import { type Photo, photo, readFace, reading, refused, removePhoto, showExample, showPhoto } from "../state/photo";
import { withPhoto } from "../state/query";
import { text } from "../strings";
import { Icon } from "../ui/Icon";
import { Trouble } from "../ui/Trouble";

const outlines = signal(true);
const looks = signal(false);
/** The person's wish; without one a single small face is shown close up. */
const zoom = signal<"face" | "photo" | null>(null);
const natural = signal<{ address: string; width: number; height: number; shows: boolean } | null>(null);

/** Where a photo goes in, and where it is seen with what was read drawn over it. */
export function PhotoPanel() {
  const file = useRef<HTMLInputElement>(null);
  const current = photo.value;
  const failed = refused.value;
  // What is no picture leaves nothing to look at: the invitation stays.
  const isShown = current && !(failed && natural.value?.address === current.address && !natural.value.shows);
  return (
    <div class="photo" aria-busy={reading.value.status === "busy"}>
      <input
        ref={file}
        hidden
        type="file"
        accept="image/*"
        onChange={(event) => {
          const [chosen] = event.currentTarget.files ?? [];
          event.currentTarget.value = "";
          if (chosen) void open(chosen);
        }}
      />
      {isShown ? (
        <Frame current={current} />
      ) : (
        <div class="invite">
          <Icon name="photo" size={40} />
          <p class="invite-title">{text.photo.invite}</p>
          <p class="quiet-text">{text.photo.hint}</p>
          <button type="button" class="button primary" onClick={() => file.current?.click()}>
            {text.photo.choose}
          </button>
          <div class="invite-others">
            <button type="button" class="button quiet small" onClick={() => void showExample()}>
              {text.photo.example}
            </button>
            <button
              type="button"
              class="button quiet small"
              onClick={() => {
                view.value = "live";
              }}
            >
              {text.photo.camera}
            </button>
          </div>
          <p class="invite-foot quiet-text">{text.privacy}</p>
        </div>
      )}
      {failed && (
        <Trouble
          problem={failed.problem}
          {...(failed.again ? { onAgain: failed.again } : {})}
          onClose={() => {
            refused.value = null;
          }}
        />
      )}
      {isShown && (
        <div class="photo-tools">
          <Faces />
          {reading.value.status === "done" && !withPhoto.value && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                withPhoto.value = true;
              }}
            >
              {text.photo.ask}
            </button>
          )}
          <button type="button" class="button small" onClick={() => file.current?.click()}>
            {text.photo.another}
          </button>
          <button type="button" class="button small quiet square" onClick={removePhoto}>
            <Icon name="close" size={16} />
            <span class="unseen">{text.photo.clear}</span>
          </button>
        </div>
      )}
    </div>
  );
}

export function open(chosen: File): Promise<void> {
  zoom.value = null;
  return showPhoto(chosen, chosen.name);
}

function Frame({ current }: { current: Photo }) {
  const read = reading.value.value;
  const seen = natural.value?.address === current.address ? natural.value : null;
  const size = read ? { width: read.reading.picture.width_px, height: read.reading.picture.height_px } : seen;
  const box = read?.reading.faces[read.reading.face - 1]?.box_xyxy;
  const single = read?.reading.faces.length === 1;
  const close = Boolean(
    size && box && (zoom.value ?? (single && isSmall(size.width, size.height, box) ? "face" : "photo")) === "face",
  );
  const place: Placement | null =
    size && (close && box ? closeToFace(size.width, size.height, box) : wholePhoto(size.width, size.height));
  return (
    <div class={`frame${reading.value.status === "busy" ? " busy" : ""}`}>
      <div class={`frame-photo${place ? "" : " unplaced"}`} style={place ? percent(place) : {}}>
        {seen?.shows === false ? null : (
          <img
            src={current.address}
            alt={text.photo.alt}
            onLoad={({ currentTarget: image }) => {
              natural.value = {
                address: current.address,
                width: image.naturalWidth,
                height: image.naturalHeight,
                shows: true,
              };
            }}
            onError={() => {
              natural.value = { address: current.address, width: 1, height: 1, shows: false };
            }}
          />
        )}
        {size && read?.attention && looks.value && (
          <Attention looked={read.attention} width={size.width} height={size.height} />
        )}
        {size && read && outlines.value && <Overlay width={size.width} height={size.height} contours={read.contours} />}
        {size && read && read.reading.faces.length > 1 && <Boxes width={size.width} height={size.height} />}
      </div>
      {seen?.shows === false && <p class="frame-note">{text.photo.cannotShow}</p>}
      {reading.value.status === "busy" && (
        <p class="frame-status">
          <span class="spinner" aria-hidden="true" />
          {text.photo.reading}
        </p>
      )}
      {read && (
        <fieldset class="frame-tools" aria-label={text.photo.view}>
          <button
            type="button"
            class="chip on-photo"
            aria-pressed={outlines.value}
            onClick={() => {
              outlines.value = !outlines.value;
            }}
          >
            {text.photo.contours}
          </button>
          {read.attention && (
            <button
              type="button"
              class="chip on-photo"
              aria-pressed={looks.value}
              title={text.photo.lookedWhy}
              onClick={() => {
                looks.value = !looks.value;
              }}
            >
              {text.photo.looked}
            </button>
          )}
          <button
            type="button"
            class="chip on-photo"
            aria-pressed={close}
            onClick={() => {
              zoom.value = close ? "photo" : "face";
            }}
          >
            {text.photo.zoomFace}
          </button>
        </fieldset>
      )}
      {read?.attention && looks.value && <AttentionLegend />}
      {current.credit && <p class="frame-credit">{current.credit}</p>}
    </div>
  );
}

/** Above a face that begins so near to the picture's upper edge there is no room for its number. */
const HIGH = 0.1;

/** Every face can be pressed. */
function Boxes({ width, height }: { width: number; height: number }) {
  const read = reading.value.value;
  if (!read) return null;
  return (
    <>
      {read.reading.faces.map((face, i) => {
        const [left = 0, top = 0, right = 0, bottom = 0] = face.box_xyxy;
        const place = {
          left: left / width,
          top: top / height,
          width: (right - left) / width,
          height: (bottom - top) / height,
        };
        return (
          <button
            type="button"
            class={place.top < HIGH ? "face-box high" : "face-box"}
            key={i}
            aria-pressed={i + 1 === read.reading.face}
            aria-label={text.photo.pickFace(i + 1, read.reading.faces.length)}
            style={percent(place)}
            onClick={() => void readFace(i + 1)}
          >
            <span>{i + 1}</span>
          </button>
        );
      })}
    </>
  );
}

function Faces() {
  const read = reading.value.value;
  const all = read?.reading.faces.length ?? 0;
  if (!read || all < 2) return <span class="grow" />;
  const now = read.reading.face;
  const step = (by: number) => () => void readFace(((now - 1 + by + all) % all) + 1);
  return (
    <div class="faces grow">
      <button type="button" class="button small quiet square" onClick={step(-1)}>
        <Icon name="left" size={16} />
        <span class="unseen">{text.photo.previousFace}</span>
      </button>
      <span>{text.photo.faceOf(now, all)}</span>
      <button type="button" class="button small quiet square" onClick={step(1)}>
        <Icon name="right" size={16} />
        <span class="unseen">{text.photo.nextFace}</span>
      </button>
    </div>
  );
}
