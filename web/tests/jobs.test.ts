import { afterEach, expect, test, vi } from "vitest";
import { MAX_PICTURE_BYTES } from "../src/api/client";
import { addLeft, addPictures, dismiss, jobProblem, left, progress } from "../src/state/jobs";

afterEach(() => {
  dismiss();
  vi.unstubAllGlobals();
});

interface Answer {
  readonly added?: number;
  readonly skipped?: number;
  readonly problems?: readonly { name: string; message: string }[];
}

/** A service that takes batches and is through with each at once; `refuse` says which it does not take. */
function taking(answers: readonly Answer[], refuse: (batch: number) => Response | null = () => null) {
  const sent: string[][] = [];
  let asked = 0;
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    if (!path.endsWith("/ingest")) return Promise.resolve(Response.json({ assets: 0, styles: {} }));
    asked += 1;
    const refusal = refuse(asked);
    if (refusal) return Promise.resolve(refusal);
    sent.push(((init as RequestInit).body as FormData).getAll("pictures").map((one) => (one as File).name));
    return Promise.resolve(Response.json(job(sent.length - 1, "running")));
  });
  const job = (i: number, state: string) => {
    const { added = 0, skipped = 0, problems = [] } = answers[i] ?? {};
    const total = sent[i]?.length ?? 0;
    return { id: String(i), kind: "ingest", state, total, done: total, added, skipped, problems };
  };
  class Events {
    static CLOSED = 2;
    readyState = 1;
    onmessage: ((event: { data: string }) => void) | null = null;
    constructor(address: string) {
      const i = Number(/jobs\/(\d+)\/events/.exec(address)?.[1]);
      setTimeout(() => this.onmessage?.({ data: JSON.stringify(job(i, "done")) }));
    }
    close() {}
  }
  vi.stubGlobal("EventSource", Events);
  return sent;
}

/** A file that says it is so large. */
function file(name: string, size: number): File {
  return Object.defineProperty(new File(["x"], name), "size", { value: size });
}

const half = MAX_PICTURE_BYTES * 0.6;

test("several batches are told of as one", async () => {
  const problems = [{ name: "c.png", message: "No face." }];
  const sent = taking([{ added: 1 }, { skipped: 1 }, { problems }]);
  await addPictures([file("a.png", half), file("b.png", half), file("c.png", half)]);
  expect(sent).toEqual([["a.png"], ["b.png"], ["c.png"]]);
  expect(progress.value).toMatchObject({ isRunning: false, total: 3, done: 3, added: 1, skipped: 1 });
  expect(progress.value?.problems).toMatchObject([problems[0]]);
});

test("a picture that is too large is named, and keeps no other from being added", async () => {
  const sent = taking([{ added: 2 }]);
  await addPictures([file("a.png", 10), file("poster.png", MAX_PICTURE_BYTES + 1), file("b.png", 10)]);
  expect(sent).toEqual([["a.png", "b.png"]]);
  expect(progress.value).toMatchObject({ added: 2, isRunning: false });
  expect(progress.value?.problems).toMatchObject([{ name: "poster.png", isOurs: true }]);
  await addPictures([file("poster.png", MAX_PICTURE_BYTES + 1)]);
  expect(progress.value).toMatchObject({ added: 0, isRunning: false });
  expect(jobProblem.value).toBeNull();
});

test("what a busy service did not take can be sent again, and nothing twice", async () => {
  const busy = { error: { kind: "TooMany", message: "Come back in 7 seconds." } };
  const sent = taking([{ added: 1 }, { added: 1 }], (asked) =>
    asked === 2 ? Response.json(busy, { status: 429 }) : null,
  );
  await addPictures([file("a.png", half), file("b.png", half)]);
  expect(jobProblem.value).toMatchObject({ status: 429 });
  expect(left.value.map(({ name }) => name)).toEqual(["b.png"]);
  await addLeft();
  expect(sent).toEqual([["a.png"], ["b.png"]]);
  expect(jobProblem.value).toBeNull();
  expect(progress.value).toMatchObject({ total: 2, added: 2 });
});
