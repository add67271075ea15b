// A sculpted or imported head from a .glb file: 52 morph targets under ARKit's names.

import { Box3, Group, type Material, Mesh, MeshStandardMaterial, type Object3D, Texture, TextureLoader } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { type Coefficients, type Corrective, combined, correctivesOf, frameOf } from "./combine";

/** Turns of the head in radians, as the service gives them. */
export interface HeadTurn {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}

/** Parts that mirror the room; several of one name are numbered. */
const EYES = /^eyes(_\d+)?$/;
/** Where a portrait ends: the collar, in inter-iris units from between the eyes. */
const COLLAR = -2.3;
/** Where a head turns: the top of the neck, in inter-iris units from between the eyes. */
const PIVOT = [0, -1.5, -1.1] as const;

export class Head {
  /** What to add to a scene; its origin is between the eyes. */
  readonly root = new Group();
  /** Heights in metres that a portrait shows, from the collar to the top of the hair. */
  readonly reach: readonly [number, number];
  readonly #turning = new Group();
  readonly #meshes: Mesh[] = [];
  readonly #correctives: readonly Corrective[];

  private constructor(model: Object3D, correctives: readonly Corrective[]) {
    const unit = model.scale.x;
    const [bottom, top] = frameOf(model.userData) ?? [COLLAR, new Box3().setFromObject(model, true).max.y / unit];
    this.reach = [bottom * unit, top * unit];
    this.#correctives = correctives;
    this.#turning.rotation.order = "ZYX";
    this.#turning.position.set(PIVOT[0] * unit, PIVOT[1] * unit, PIVOT[2] * unit);
    model.position.copy(this.#turning.position).negate();
    this.#turning.add(model);
    this.root.add(this.#turning);
    model.traverse((part) => {
      if (!(part instanceof Mesh)) return;
      this.#meshes.push(part);
      // Morph targets reach further than the box that three.js measured at rest.
      part.frustumCulled = false;
      const throughout = [part.material].flat().some((material) => material.transparent || material.alphaTest > 0);
      part.castShadow = part.name !== "lashes" && !EYES.test(part.name) && !throughout;
      part.receiveShadow = part.name !== "lashes" && !throughout;
    });
  }

  /** Fetch and parse a file. Rejects when it cannot be fetched or is no head. */
  static async load(address: string, signal?: AbortSignal): Promise<Head> {
    const answer = await fetch(address, signal ? { signal } : {});
    if (!answer.ok) throw new Error(`${answer.status} for ${address}`);
    const loader = new GLTFLoader();
    loader.register((parser) => {
      // Pictures come as <img> instead of through fetch, which the page's security policy keeps to this address.
      parser.textureLoader = new TextureLoader(parser.options.manager);
      return { name: "pictures" };
    });
    const file = await loader.parseAsync(await answer.arrayBuffer(), "");
    const model = file.scene.children[0];
    if (!model) throw new Error(`Nothing in ${address}`);
    model.removeFromParent();
    return new Head(model, correctivesOf(model.userData));
  }

  /** Names that at least one part answers to. */
  get names(): string[] {
    return [...new Set(this.#meshes.flatMap((mesh) => Object.keys(mesh.morphTargetDictionary ?? {})))];
  }

  pose(coefficients: Coefficients): void {
    const influences = combined(coefficients, this.#correctives);
    for (const { morphTargetDictionary: names, morphTargetInfluences: values } of this.#meshes) {
      if (!names || !values) continue;
      for (const [name, index] of Object.entries(names)) values[index] = influences[name] ?? 0;
    }
  }

  turn({ yaw, pitch, roll }: HeadTurn): void {
    this.#turning.rotation.set(-pitch, yaw, -roll);
  }

  /** What the eyes mirror. */
  surround(surroundings: Texture): void {
    for (const { name, material } of this.#meshes) {
      if (!EYES.test(name) || !(material instanceof MeshStandardMaterial)) continue;
      material.envMap = surroundings;
      // What is mirrored lights the eye as well; it was bright enough without.
      material.color.setScalar(0.72);
    }
  }

  /** Free what lies on the graphics card. */
  dispose(): void {
    for (const mesh of this.#meshes) {
      mesh.geometry.dispose();
      for (const material of [mesh.material].flat()) disposeMaterial(material);
    }
  }
}

function disposeMaterial(material: Material): void {
  if ("map" in material && material.map instanceof Texture) material.map.dispose();
  material.dispose();
}
