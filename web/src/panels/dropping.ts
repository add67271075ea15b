// A picture can be dropped or pasted anywhere on the page: on the stage it becomes a character, elsewhere a question.

import { computed, signal } from "@preact/signals";
import { view } from "../state/desk";
import { addPictures } from "../state/jobs";
import { refusePhoto } from "../state/photo";
import * as targets from "../state/targets";
import { text } from "../strings";
import { open } from "./PhotoPanel";

/** How many files are being dragged over the page, and are they over the place for characters? */
export const dragged = signal(0);
export const isDragging = computed(() => dragged.value > 0);
export const isOverStage = signal(false);

const isForStage = (where: EventTarget | null) => where instanceof Element && where.closest("[data-takes=target]");
/** Does the pointer rest on the button that adds a character, or is the keyboard there? */
const isAtStage = () => document.querySelector(".add-target:is(:hover, :focus-visible)") !== null;

/** Safari tells that there are files, but how many only once they are dropped. */
function filesIn(transfer: DataTransfer | null): number {
  return Math.max(1, [...(transfer?.items ?? [])].filter(({ kind }) => kind === "file").length);
}

export function listenForPhotos(target: Window): void {
  let inside = 0;
  const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  target.addEventListener("dragenter", (event) => {
    if (!holdsFiles(event)) return;
    inside += 1;
    dragged.value = filesIn(event.dataTransfer);
    isOverStage.value = Boolean(isForStage(event.target));
  });
  target.addEventListener("dragleave", (event) => {
    if (!holdsFiles(event)) return;
    inside = Math.max(0, inside - 1);
    if (inside === 0) dragged.value = 0;
  });
  target.addEventListener("dragover", (event) => event.preventDefault());
  target.addEventListener("drop", (event) => {
    // Without this the browser would leave the page and show the file.
    event.preventDefault();
    inside = 0;
    dragged.value = 0;
    const files = [...(event.dataTransfer?.files ?? [])];
    const [dropped] = files;
    if (dropped && isForStage(event.target)) {
      void targets.add(files);
      return;
    }
    // One picture is a question; several are for the library.
    if (files.length > 1) {
      void addPictures(files);
      return;
    }
    view.value = "search";
    if (dropped) void open(dropped);
    else refusePhoto(text.photo.noFile);
  });
  target.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const [pasted] = files;
    if (!pasted) return;
    // The words of a clipboard go where the caret is; its picture is asked by, or becomes a character.
    event.preventDefault();
    if (isAtStage()) {
      void targets.add(files);
      return;
    }
    view.value = "search";
    void open(pasted);
  });
}
