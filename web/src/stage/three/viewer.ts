// A lit stage for one head: orbit, poses that ease into each other, frames only when something moves.

import {
  type Camera,
  DirectionalLight,
  HemisphereLight,
  PCFSoftShadowMap,
  PerspectiveCamera,
  Scene,
  Spherical,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import type { Coefficients } from "./combine";
import { Head, type HeadTurn } from "./head";

const FACING: HeadTurn = { yaw: 0, pitch: 0, roll: 0 };
/** Metres from the camera to the eyes, where it looks, and half the height that it sees there. */
const DISTANCE = 0.95;
const AIM = new Vector3(0, -0.035, -0.03);
const HALF = 0.2;
/** Share of the way to a pose that is left after a second. */
const LEFT = 1e-5;

/** A function, for `await import("./viewer")` to give something that can be called. */
export function openViewer(canvas: HTMLCanvasElement): Viewer {
  return new Viewer(canvas);
}

export class Viewer {
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera((2 * Math.atan(HALF / DISTANCE) * 180) / Math.PI, 1, 0.05, 5);
  readonly #controls: OrbitControls;
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #head: Head | undefined;
  #shown: Record<string, number> = {};
  #wanted: Coefficients = {};
  #frame = 0;
  #last = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.#renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.#renderer.shadowMap.enabled = true;
    this.#renderer.shadowMap.type = PCFSoftShadowMap;
    this.#camera.position.copy(AIM).add(new Vector3(0, 0, DISTANCE));
    light(this.#scene);
    this.#controls = new OrbitControls(this.#camera, canvas);
    this.#controls.target.copy(AIM);
    this.#controls.enablePan = false;
    this.#controls.minDistance = 0.5 * DISTANCE;
    this.#controls.maxDistance = 1.6 * DISTANCE;
    this.#controls.minPolarAngle = 0.25 * Math.PI;
    this.#controls.maxPolarAngle = 0.7 * Math.PI;
    this.#controls.addEventListener("change", this.#ask);
    this.#controls.update();
  }

  /** Show another head; the one before stays until this one is there. Rejects as `Head.load` does. */
  async load(address: string, signal?: AbortSignal): Promise<void> {
    const head = await Head.load(address, signal);
    if (signal?.aborted) {
      head.dispose();
      return;
    }
    if (this.#head) {
      this.#scene.remove(this.#head.root);
      this.#head.dispose();
    }
    this.#head = head;
    this.#shown = { ...this.#wanted };
    head.pose(this.#shown);
    this.#scene.add(head.root);
    this.#ask();
  }

  /** Ease into a pose; coefficients that are not named rest. */
  pose(coefficients: Coefficients): void {
    this.#wanted = coefficients;
    this.#ask();
  }

  turn(head: HeadTurn = FACING): void {
    this.#head?.turn(head);
    this.#ask();
  }

  /** Walk round the head: radians to the right and up, for keys. */
  orbit(right: number, up: number): void {
    const place = new Spherical().setFromVector3(this.#camera.position.clone().sub(AIM));
    place.theta += right;
    place.phi = Math.min(this.#controls.maxPolarAngle, Math.max(this.#controls.minPolarAngle, place.phi - up));
    this.#camera.position.setFromSpherical(place).add(AIM);
    this.#controls.update();
  }

  resize(width: number, height: number): void {
    this.#renderer.setSize(width, height, false);
    widen(this.#camera, width / Math.max(height, 1));
    this.#ask();
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#controls.dispose();
    this.#head?.dispose();
    this.#renderer.dispose();
    // A browser keeps some sixteen contexts; this one is free at once.
    this.#renderer.forceContextLoss();
  }

  readonly #ask = (): void => {
    if (!this.#frame) this.#frame = requestAnimationFrame(this.#draw);
  };

  readonly #draw = (now: number): void => {
    this.#frame = 0;
    const passed = Math.min((now - this.#last) / 1000, 0.1);
    this.#last = now;
    if (this.#head && this.#ease(passed)) {
      this.#head.pose(this.#shown);
      this.#ask();
    }
    this.#renderer.render(this.#scene, this.#camera);
  };

  /** Step towards the pose that is wanted; false when nothing moved. */
  #ease(passed: number): boolean {
    const share = this.#calm.matches ? 1 : 1 - LEFT ** passed;
    let moved = false;
    for (const name of new Set([...Object.keys(this.#shown), ...Object.keys(this.#wanted)])) {
      const from = this.#shown[name] ?? 0;
      const to = this.#wanted[name] ?? 0;
      if (from === to) continue;
      moved = true;
      this.#shown[name] = Math.abs(to - from) < 1e-3 ? to : from + share * (to - from);
    }
    return moved;
  }
}

/** A key that throws shadows from the upper left, a fill, two rims and the sky, like the pictures that mien draws. */
function light(scene: Scene): void {
  scene.add(new HemisphereLight(0xf4f6ff, 0xc9b8a8, 1.15));
  const lamps: [number, number, number, number, number][] = [
    [-0.5, 0.62, 0.62, 0xfff1e2, 2.1],
    [0.8, 0.1, 0.58, 0xdfe9ff, 0.55],
    [0.75, 0.4, -0.55, 0xe6efff, 1.4],
    [-0.85, 0.15, -0.5, 0xffffff, 0.6],
  ];
  for (const [x, y, z, colour, strength] of lamps) {
    const lamp = new DirectionalLight(colour, strength);
    lamp.position.set(x, y, z);
    if (strength > 2) shadows(lamp);
    scene.add(lamp);
  }
}

function shadows(lamp: DirectionalLight): void {
  lamp.castShadow = true;
  lamp.shadow.mapSize.set(1024, 1024);
  const box = lamp.shadow.camera;
  box.left = box.bottom = -0.25;
  box.right = box.top = 0.25;
  box.near = 0.3;
  box.far = 1.8;
  lamp.shadow.normalBias = 0.004;
  lamp.shadow.bias = -0.0008;
  lamp.shadow.radius = 3;
  lamp.shadow.intensity = 0.75;
}

function widen(camera: Camera, aspect: number): void {
  if (!(camera instanceof PerspectiveCamera)) return;
  camera.aspect = aspect;
  // A narrow window sees as much from side to side as a square one.
  camera.fov = (2 * Math.atan((HALF / DISTANCE) * Math.max(1, 1 / aspect)) * 180) / Math.PI;
  camera.updateProjectionMatrix();
}
