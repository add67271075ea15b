// A lit stage for one head: orbit, poses that ease into each other, frames only when something moves.

import {
  DirectionalLight,
  HemisphereLight,
  PCFShadowMap,
  PerspectiveCamera,
  Scene,
  Spherical,
  WebGLRenderer,
  type WebGLRenderTarget,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import type { Coefficients } from "./combine";
import { glints } from "./glint";
import { Head, type HeadTurn } from "./head";

const FACING: HeadTurn = { yaw: 0, pitch: 0, roll: 0 };
/** Metres from the camera to the eyes: a portrait lens. */
const DISTANCE = 0.95;
/** Room around a head, in heights of what is shown of it. */
const MARGIN = 1.06;
/** Share of the way to a pose that is left after a second. */
const LEFT = 1e-5;

/** A function, for `await import("./viewer")` to give something that can be called. */
export function openViewer(canvas: HTMLCanvasElement): Viewer {
  return new Viewer(canvas);
}

export class Viewer {
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(20, 1, 0.05, 5);
  readonly #controls: OrbitControls;
  readonly #glints: WebGLRenderTarget;
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #head: Head | undefined;
  /** Half the height in metres that is seen at the eyes, and width over height of the window. */
  #half = 0.16;
  #aspect = 1;
  #shown: Record<string, number> = {};
  #wanted: Coefficients = {};
  #frame = 0;
  #last = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.#renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.#renderer.shadowMap.enabled = true;
    this.#renderer.shadowMap.type = PCFShadowMap;
    this.#glints = glints(this.#renderer);
    light(this.#scene);
    this.#controls = new OrbitControls(this.#camera, canvas);
    this.#controls.enablePan = false;
    this.#controls.minDistance = 0.5 * DISTANCE;
    this.#controls.maxDistance = 1.6 * DISTANCE;
    this.#controls.minPolarAngle = 0.25 * Math.PI;
    this.#controls.maxPolarAngle = 0.7 * Math.PI;
    this.#controls.addEventListener("change", this.#ask);
    this.#face(0, -0.02);
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
    // Whoever comes first is met face to face; the next is seen from the side that one looks from.
    const [bottom, top] = head.reach;
    this.#half = (MARGIN * (top - bottom)) / 2;
    this.#face(this.#head ? this.#controls.getAzimuthalAngle() : 0, (top + bottom) / 2);
    this.#widen();
    this.#head = head;
    this.#shown = { ...this.#wanted };
    head.pose(this.#shown);
    head.surround(this.#glints.texture);
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
    const aim = this.#controls.target;
    const place = new Spherical().setFromVector3(this.#camera.position.clone().sub(aim));
    place.theta += right;
    place.phi = Math.min(this.#controls.maxPolarAngle, Math.max(this.#controls.minPolarAngle, place.phi - up));
    this.#camera.position.setFromSpherical(place).add(aim);
    this.#controls.update();
  }

  resize(width: number, height: number): void {
    this.#renderer.setSize(width, height, false);
    this.#aspect = width / Math.max(height, 1);
    this.#widen();
    this.#ask();
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#controls.dispose();
    this.#head?.dispose();
    this.#glints.dispose();
    this.#renderer.dispose();
    // A browser keeps some sixteen contexts; this one is free at once.
    this.#renderer.forceContextLoss();
  }

  /** Look at a height from level with it, so many radians round to the right. */
  #face(round: number, height: number): void {
    this.#controls.target.set(0, height, -0.045);
    this.#camera.position.setFromSphericalCoords(DISTANCE, Math.PI / 2, round).add(this.#controls.target);
    this.#controls.update();
  }

  /** A narrow window sees as much from side to side as a square one. */
  #widen(): void {
    this.#camera.aspect = this.#aspect;
    this.#camera.fov = (2 * Math.atan((this.#half / DISTANCE) * Math.max(1, 1 / this.#aspect)) * 180) / Math.PI;
    this.#camera.updateProjectionMatrix();
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
  scene.add(new HemisphereLight(0xfffaf6, 0xe6cdbb, 1.75));
  const lamps: [number, number, number, number, number][] = [
    [-0.5, 0.62, 0.62, 0xfff1e2, 2.3],
    [0.8, 0.1, 0.58, 0xe9efff, 0.7],
    [0.75, 0.4, -0.55, 0xe6efff, 1.2],
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
