import { expect, test } from "vitest";
import { Problem } from "../src/api/client";
import { latest } from "../src/state/task";

function later<T>() {
  let settle: { resolve: (value: T) => void; reject: (error: unknown) => void } | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, resolve: (v: T) => settle?.resolve(v), reject: (e: unknown) => settle?.reject(e) };
}

test("the last value stays on show while the next is made", async () => {
  const { task, run } = latest<number>();
  await run(() => Promise.resolve(1));
  const next = later<number>();
  const running = run(() => next.promise);
  expect(task.value).toEqual({ status: "busy", value: 1 });
  next.resolve(2);
  await running;
  expect(task.value).toEqual({ status: "done", value: 2 });
});

test("only the latest counts, however the answers come in, and the earlier is called off", async () => {
  const { task, run } = latest<string>();
  const slow = later<string>();
  let calledOff = false;
  const first = run((signal) => {
    signal.addEventListener("abort", () => {
      calledOff = true;
    });
    return slow.promise;
  });
  await run(() => Promise.resolve("new"));
  slow.resolve("old");
  await first;
  expect(calledOff).toBe(true);
  expect(task.value).toEqual({ status: "done", value: "new" });
});

test("what the service says is kept; what nobody foresaw becomes a plain sentence", async () => {
  const { task, run } = latest<string>();
  await run(() => Promise.reject(new Problem("NoFaceFound", "No face in the upload.", 422)));
  expect(task.value).toMatchObject({ status: "failed", problem: { kind: "NoFaceFound", status: 422 } });
  await run(() => Promise.reject(new TypeError("x is undefined")));
  expect(task.value).toMatchObject({ status: "failed", problem: { kind: "Unexpected" } });
});

test("a reset forgets what is still under way", async () => {
  const { task, run, reset } = latest<string>();
  const slow = later<string>();
  const running = run(() => slow.promise);
  reset();
  slow.resolve("late");
  await running;
  expect(task.value.status).toBe("idle");
});
