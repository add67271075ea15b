import { Announcer } from "./panels/Announcer";
import { Away } from "./panels/Away";
import { CharacterDialog } from "./panels/CharacterDialog";
import { DetailPane } from "./panels/DetailPane";
import { dragged } from "./panels/dropping";
import { Header } from "./panels/Header";
import { LivePanel } from "./panels/LivePanel";
import { MapPanel } from "./panels/MapPanel";
import { QueryPanel } from "./panels/QueryPanel";
import { RefineBar } from "./panels/RefineBar";
import { ResultsPanel } from "./panels/ResultsPanel";
import { TargetDialog } from "./panels/TargetDialog";
import { opened, view } from "./state/desk";
import { text } from "./strings";
import { Icon } from "./ui/Icon";

/** The desk of the paper's Figure 6: query left, results in the middle, detail right, refinement below. */
export function App() {
  const now = view.value;
  return (
    <>
      <Header />
      <Away />
      <main class={`desk ${now}${opened.value ? " looking" : ""}`}>
        {now !== "live" && <QueryPanel />}
        {now === "search" && <ResultsPanel />}
        {now === "map" && <MapPanel />}
        {now === "live" && <LivePanel />}
        {now !== "live" && <DetailPane />}
        {now === "search" && <RefineBar />}
      </main>
      <Announcer />
      <CharacterDialog />
      <TargetDialog />
      {dragged.value > 0 && (
        <div class="dropping" aria-hidden="true">
          <div>
            <Icon name="drop" size={44} />
            <p>{dragged.value > 1 ? text.photo.dropSeveral(dragged.value) : text.photo.dropHere}</p>
          </div>
        </div>
      )}
    </>
  );
}
