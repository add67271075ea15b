import type { Mapped } from "../api/types";
import { arkitCsv } from "../state/arkit";
import { text } from "../strings";
import { download, downloadJson, downloadText } from "../ui/download";
import { Icon } from "../ui/Icon";

const SIZE = 1024;

/** Take the picture or the curves along. */
export function CurveDownloads({ mapped, name, drawn }: { mapped: Mapped | undefined; name: string; drawn: boolean }) {
  const file = `mien-${mapped?.character.id ?? "character"}`;
  const kinds: [string, () => void][] = [
    [text.stage.png, () => mapped && download(`${mapped.picture}&size=${SIZE}`, `${file}.png`)],
    ...(drawn
      ? ([[text.stage.svg, () => mapped?.svg && download(mapped.svg, `${file}.svg`)]] as [string, () => void][])
      : []),
    [text.stage.json, () => mapped && downloadJson(mapped, `${file}.json`)],
    [
      text.stage.csvShort,
      () => mapped && downloadText(arkitCsv(mapped.bounded, mapped.head), `${file}.csv`, "text/csv"),
    ],
  ];
  return (
    <div class="downloads">
      <Icon name="download" size={15} />
      {kinds.map(([what, take]) => (
        <button
          type="button"
          class="link"
          key={what}
          disabled={!mapped}
          aria-label={text.stage.downloadAs(name, what)}
          onClick={take}
        >
          {what}
        </button>
      ))}
    </div>
  );
}
