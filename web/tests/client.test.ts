import { afterEach, expect, test, vi } from "vitest";
import * as api from "../src/api/client";

afterEach(() => vi.unstubAllGlobals());

function answering(answer: () => Response | Promise<Response>) {
  const seen: { path: string; init: RequestInit | undefined }[] = [];
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    seen.push({ path, init });
    return Promise.resolve().then(answer);
  });
  return seen;
}

const never = new AbortController().signal;

test("a photo goes up as a form, with the face that was chosen", async () => {
  const seen = answering(() => Response.json({ reading: {}, contours: [] }));
  await api.read(new Blob(["x"]), "me.jpg", 2, never);
  const form = seen[0]?.init?.body as FormData;
  expect(seen[0]?.path).toBe("/api/v1/read");
  expect((form.get("picture") as File).name).toBe("me.jpg");
  expect(form.get("face")).toBe("2");
});

test("a photo that is too large is not even sent", async () => {
  const seen = answering(() => Response.json({}));
  const large = { size: api.MAX_PICTURE_BYTES + 1 } as Blob;
  await expect(api.read(large, "large.jpg", null, never)).rejects.toMatchObject({ kind: "TooLarge" });
  expect(seen).toEqual([]);
});

test("a refusal comes out with the service's own sentence", async () => {
  answering(() => Response.json({ error: { kind: "NoFaceFound", message: "No face." } }, { status: 422 }));
  await expect(api.search({}, never)).rejects.toMatchObject({ kind: "NoFaceFound", message: "No face.", status: 422 });
});

test("an answer that is no JSON and no answer at all are told apart", async () => {
  answering(() => new Response("<html>", { status: 500 }));
  await expect(api.characters()).rejects.toMatchObject({ kind: "Refused", status: 500 });
  // A proxy in front of a service that is gone.
  answering(() => new Response("<html>", { status: 502 }));
  await expect(api.characters()).rejects.toMatchObject({ kind: "Offline" });
  answering(() => Promise.reject(new TypeError("Failed to fetch")));
  await expect(api.characters()).rejects.toMatchObject({ kind: "Offline" });
});
