import { assetPicture } from "../api/client";
import { characterName, styleName } from "../state/catalog";
import * as query from "../state/query";
import { show, text } from "../strings";
import { ToggleChip } from "../ui/Chip";
import { Dialog } from "../ui/Dialog";
import { download, downloadJson } from "../ui/download";
import { Meter } from "../ui/Meter";
import { Picture } from "../ui/Picture";
import { factorName } from "./LibraryPanel";

/** One hit large: what it shows, where it is from, and what its score is made of. */
export function HitDialog() {
  const hit = query.opened.value;
  if (!hit) return null;
  const { asset } = hit;
  const name = characterName(asset.character, text.library.unknownCharacter);
  const place = [asset.production, asset.sequence, asset.shot].filter(Boolean);
  if (asset.frame !== null) place.push(text.library.frame(asset.frame));
  const factors = Object.entries(hit.factors);
  const close = () => {
    query.opened.value = null;
  };
  return (
    <Dialog title={`${name}, ${styleName(asset.style)}`} onClose={close}>
      <div class="detail">
        <div class="detail-picture">
          <Picture
            address={assetPicture(asset.id)}
            alt={text.library.picture(name, asset.text)}
            otherwise={text.stage.failedPicture}
          />
        </div>
        <div class="detail-facts">
          <p>{asset.text}</p>
          {place.length > 0 && <p class="quiet-text">{place.join(" · ")}</p>}
          <div class="chips">
            {asset.tags.map((tag) => (
              <ToggleChip
                key={tag}
                on={query.tags.value.includes(tag)}
                onToggle={() => {
                  query.tags.value = query.toggled(query.tags.value, tag);
                }}
              >
                {tag}
              </ToggleChip>
            ))}
          </div>
          <h3>{text.library.why}</h3>
          {factors.length === 0 && <p class="quiet-text">{text.library.whyNot}</p>}
          {factors.map(([key, factor]) => (
            <Meter
              key={key}
              label={factorName(key)}
              value={factor.value}
              shown={text.library.sum(factor.value, factor.weight, factor.contribution)}
            />
          ))}
          {factors.length > 0 && (
            <Meter label={text.library.score} value={hit.score} shown={show.decimal(hit.score)} strong />
          )}
          <div class="detail-actions">
            <button
              type="button"
              class="button primary"
              onClick={() => {
                query.like.value = asset;
                query.withPhoto.value = false;
                close();
              }}
            >
              {text.library.moreLike}
            </button>
            <button
              type="button"
              class="button"
              onClick={() =>
                download(assetPicture(asset.id), `mien-${asset.character || "asset"}-${asset.id.slice(0, 8)}`)
              }
            >
              {text.stage.png}
            </button>
            <button
              type="button"
              class="button"
              onClick={() => downloadJson(asset, `mien-${asset.character || "asset"}-${asset.id.slice(0, 8)}.json`)}
            >
              {text.stage.json}
            </button>
          </div>
        </div>
      </div>
    </Dialog>
  );
}
