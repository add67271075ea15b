import { beforeEach, expect, test, vi } from "vitest";
import { expression, held, hold, photo, reading, refused, refusePhoto, showPhoto } from "../src/state/photo";
import { clearQuery, leaveFace, withPhoto } from "../src/state/query";
import { follow } from "../src/state/results";

const good = {
  reading: {
    face: 1,
    faces: [],
    looks_like: "photo",
    expression: { coefficients: { jawOpen: 0.4 }, certainty: {}, emotion: {}, head: {} },
  },
  contours: [],
};
const picture = new Blob(["pixels"]);
let answer: () => Response;

const reads = () => Response.json(good);
const refuses = (status: number, kind: string) => () => Response.json({ error: { kind, message: "No." } }, { status });

beforeEach(() => {
  vi.stubGlobal("fetch", (where: string) =>
    Promise.resolve(where.endsWith("/read") ? answer() : Response.json({}, { status: 500 })),
  );
  hold(null);
  withPhoto.value = true;
  answer = reads;
});

test("what cannot be read says so and leaves the last good photo and what was read of it", async () => {
  await showPhoto(picture, "me.png");
  const before = photo.value;
  const read = reading.value.value;
  answer = refuses(422, "NoFaceFound");
  await showPhoto(picture, "wall.png");
  expect(refused.value?.problem.kind).toBe("NoFaceFound");
  expect(refused.value?.again).toBeNull();
  expect(photo.value).toBe(before);
  expect(reading.value).toEqual({ status: "done", value: read });
  refusePhoto("That was no picture.");
  expect(photo.value).toBe(before);
  expect(expression.value?.coefficients).toEqual({ jawOpen: 0.4 });
});

test("where the service was in trouble, the picture that it did not read may be tried again", async () => {
  await showPhoto(picture, "me.png");
  answer = refuses(503, "TooBusy");
  await showPhoto(picture, "other.png");
  expect(photo.value?.name).toBe("me.png");
  answer = reads;
  refused.value?.again?.();
  await vi.waitFor(() => expect(reading.value.status).toBe("done"));
  expect(photo.value?.name).toBe("other.png");
  expect(refused.value).toBeNull();
});

test("the first picture stays on show when it has no face, and a held face stays when a picture has none", async () => {
  answer = refuses(422, "NoFaceFound");
  await showPhoto(picture, "wall.png");
  expect(photo.value?.name).toBe("wall.png");
  expect(expression.value).toBeNull();
  const face = { coefficients: { jawOpen: 1 } } as unknown as NonNullable<typeof expression.value>;
  hold(face);
  await showPhoto(picture, "wall.png");
  expect(photo.value).toBeNull();
  expect(expression.value).toBe(face);
});

test("a photo that is asked by no more stays so when the next picture is refused, and is asked by when it is read", async () => {
  const stop = follow();
  await showPhoto(picture, "me.png");
  leaveFace();
  expect(photo.value?.name).toBe("me.png");
  answer = refuses(415, "NotAPicture");
  await showPhoto(picture, "broken.png");
  expect(withPhoto.value).toBe(false);
  answer = reads;
  await showPhoto(picture, "other.png");
  expect(withPhoto.value).toBe(true);
  stop();
});

test("a face without a photo is let go with its question", () => {
  const face = { coefficients: {} } as unknown as NonNullable<typeof expression.value>;
  for (const leave of [leaveFace, clearQuery]) {
    hold(face);
    leave();
    expect(held.value).toBeNull();
    expect(expression.value).toBeNull();
  }
});
