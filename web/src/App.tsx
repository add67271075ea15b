import { Announcer } from "./panels/Announcer";
import { CharacterDialog } from "./panels/CharacterDialog";
import { isDragging } from "./panels/dropping";
import { Header } from "./panels/Header";
import { HitDialog } from "./panels/HitDialog";
import { LibraryPanel } from "./panels/LibraryPanel";
import { PhotoPanel } from "./panels/PhotoPanel";
import { ReadingPanel } from "./panels/ReadingPanel";
import { StagePanel } from "./panels/StagePanel";
import { text } from "./strings";
import { Icon } from "./ui/Icon";

export function App() {
  return (
    <>
      <Header />
      <main class="desk">
        <div class="source">
          <PhotoPanel />
          <ReadingPanel />
        </div>
        <div class="results">
          <StagePanel />
          <LibraryPanel />
        </div>
      </main>
      <Announcer />
      <CharacterDialog />
      <HitDialog />
      {isDragging.value && (
        <div class="dropping" aria-hidden="true">
          <div>
            <Icon name="drop" size={44} />
            <p>{text.photo.dropHere}</p>
          </div>
        </div>
      )}
    </>
  );
}
