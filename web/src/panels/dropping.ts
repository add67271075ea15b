// A photo can be dropped or pasted anywhere on the page.

import { signal } from "@preact/signals";
import { view } from "../state/desk";
import { addPictures } from "../state/jobs";
import { refusePhoto } from "../state/photo";
import { text } from "../strings";
import { open } from "./PhotoPanel";

/** Is a file being dragged over the page? */
export const isDragging = signal(false);

export function listenForPhotos(target: Window): void {
  let inside = 0;
  const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  target.addEventListener("dragenter", (event) => {
    if (!holdsFiles(event)) return;
    inside += 1;
    isDragging.value = true;
  });
  target.addEventListener("dragleave", (event) => {
    if (!holdsFiles(event)) return;
    inside = Math.max(0, inside - 1);
    isDragging.value = inside > 0;
  });
  target.addEventListener("dragover", (event) => event.preventDefault());
  target.addEventListener("drop", (event) => {
    // Without this the browser would leave the page and show the file.
    event.preventDefault();
    inside = 0;
    isDragging.value = false;
    const [dropped, ...others] = event.dataTransfer?.files ?? [];
    // One picture is a question; several are for the library.
    if (dropped && others.length) {
      void addPictures([dropped, ...others]);
      return;
    }
    view.value = "search";
    void (dropped ? open(dropped) : refusePhoto(text.photo.noFile));
  });
  target.addEventListener("paste", (event) => {
    const [pasted] = event.clipboardData?.files ?? [];
    if (!pasted) return;
    // The words of a clipboard go where the caret is; its picture is asked by, wherever that is.
    event.preventDefault();
    view.value = "search";
    void open(pasted);
  });
}
